-- Without CASCADE: what others have built on the view must not be dropped.
DROP VIEW launch_aggregates_view
