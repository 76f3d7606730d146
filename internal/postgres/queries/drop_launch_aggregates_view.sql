-- Without CASCADE: what others have built on the view is not ours to drop.
DROP VIEW launch_aggregates_view
