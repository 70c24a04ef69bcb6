"""Pages of partners: file for somebody, hand over the slip, and see of each number what everybody sees."""
