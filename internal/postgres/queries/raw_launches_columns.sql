-- All columns, whatever they are: only the header of the answer counts.
SELECT * FROM raw_launches LIMIT 0
