-- The columns as they are, whatever they are: only the answer's header counts.
SELECT * FROM launch_aggregates_view LIMIT 0
