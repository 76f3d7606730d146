-- The next run then looks through all launches: the rows came from elsewhere.
DELETE FROM typed_checks
