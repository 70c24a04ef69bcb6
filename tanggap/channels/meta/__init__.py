"""What WhatsApp, Facebook pages and Instagram have in common: one provider, one signer, one Graph API.

No kind of its own: the three folders beside it use it. Here is what is the same in all: the signed webhook (`hook`),
reading its JSON (`read`), the talk with the Graph API (`graph`), what its error codes mean for a letter (`outcome`),
fetching files (`files`), private messages of pages (`messaging`), answering there within their windows (`answer`), and
the sentences of `tanggap channel test` (`trial`).
"""
