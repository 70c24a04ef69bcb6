"""What every page shares: templates, words for times and numbers, headers, languages, errors."""
