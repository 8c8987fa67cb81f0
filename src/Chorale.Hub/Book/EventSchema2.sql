-- What a text is made of, so that a page says it in its own language. NULL in rows of older versions, and where the text is all there is.

ALTER TABLE events ADD COLUMN args TEXT;        -- JSON: an object of texts by name
