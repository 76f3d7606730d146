-- All columns, whatever they are: only the header of the answer counts.
SELECT * FROM launch_aggregates_view LIMIT 0
