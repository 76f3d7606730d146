-- All launches with the columns of the view. Ordered by the bytes of the id, so
-- that databases of different locales give the same file.
SELECT l.*
FROM launches AS l
ORDER BY l.id COLLATE "C"
