-- Twelve launches with what the real ones have: unknown outcomes and dates,
-- dates that are only a month, upcoming launches dated in the past, equal
-- masses, rockets and launchpads that are not stored,
-- or without a name.
INSERT INTO launches (
    id, name, launched_at, date_precision, upcoming, success, rocket_id, launchpad_id,
    payload_count, simulated_total_payload_mass_kg, simulated_delay_minutes, fetched_at_timestamp
) VALUES
('a1', 'FalconSat',    '2006-03-24 22:30', 'hour',    FALSE, FALSE, '5e9d0d95eda69955f709d1eb', '5e9e4502f5090995de566f86', 1,    2000,  0,    '2026-11-01 10:00:00'),
('a2', 'DemoSat',      '2007-03-21 01:10', 'hour',    FALSE, FALSE, '5e9d0d95eda69955f709d1eb', '5e9e4502f5090995de566f86', 1,    6000,  120,  '2026-11-01 10:00:00'),
('a3', 'RatSat',       '2008-09-28 23:15', 'hour',    FALSE, TRUE,  '5e9d0d95eda69955f709d1eb', '5e9e4502f5090995de566f86', 1,    3000,  14,   '2026-11-01 10:00:00'),
('a4', 'Only a month', '2008-11-01 00:00', 'month',   FALSE, TRUE,  '5e9d0d95eda69973a809d1ec', '5e9e4501f509094ba4566f84', 2,    8000,  15,   '2026-11-01 10:00:00'),
('a5', 'Morning',      '2008-12-10 00:35', 'hour',    FALSE, TRUE,  '5e9d0d95eda69973a809d1ec', '5e9e4501f509094ba4566f84', 2,    12000, 30,   '2026-11-01 10:00:00'),
('a6', 'Same evening', '2008-12-10 23:00', 'day',     FALSE, NULL,  '5e9d0d95eda69973a809d1ec', '5e9e4501f509094ba4566f84', 16,   48000, 59,   '2026-11-01 10:00:00'),
('a7', 'No date',      NULL,               NULL,      FALSE, TRUE,  NULL,                       NULL,                       1,    6000,  60,   '2026-11-01 10:00:00'),
('a8', 'New year',     '2009-01-09 01:00', 'hour',    FALSE, TRUE,  '5e9d0d95eda69973a809d1ec', '5e9e4502f509094188566f88', 1,    4999,  119,  '2026-11-01 10:00:00'),
('a9', 'Long overdue', '2008-01-01 00:00', 'month',   TRUE,  NULL,  'brand-new-rocket',         '5e9e4501f509094ba4566f84', 0,    0,     1,    '2026-11-01 10:00:00'),
('b0', 'Some day',     NULL,               NULL,      TRUE,  NULL,  'brand-new-rocket',         NULL,                       0,    0,     3,    '2026-11-01 10:00:00'),
('b1', 'Far ahead',    '2030-01-01 00:00', 'quarter', TRUE,  NULL,  '5e9d0d95eda69973a809d1ec', NULL,                       0,    0,     2,    '2026-11-01 10:00:00'),
('b2', 'Not stated',   '2009-06-01 12:00', 'hour',    NULL,  NULL,  '5e9d0d95eda69973a809d1ec', NULL,                       NULL, NULL,  NULL, '2026-11-02 11:30:00.25');
INSERT INTO launch_aggregates_view VALUES (12, 5, 8181.727272727273, 38.45454545454545);
-- Real masses: an even number of them, one of 0 (a7), one without a simulated
-- one beside it (b2), one far from it (a6).
UPDATE launches SET payload_mass_kg = real.mass_kg
FROM (VALUES ('a1', 20), ('a2', 20), ('a3', 165.5), ('a4', 9000), ('a6', 15600), ('a7', 0), ('b2', 500)) AS real (id, mass_kg)
WHERE launches.id = real.id;
UPDATE launches SET slip_minutes = slip.minutes, slip_days = slip.days
FROM (
    VALUES ('a1', 1440, 1), ('a2', 0, 0), ('a3', -60, 0), ('a4', NULL, 31), ('a5', 1440, 1), ('a6', NULL, -2), ('a8', 100000, 69)
) AS slip (id, minutes, days)
WHERE launches.id = slip.id;
INSERT INTO rockets (id, name) VALUES
('5e9d0d95eda69955f709d1eb', 'Falcon 1'),
('5e9d0d95eda69973a809d1ec', 'Falcon 9'),
('5e9d0d95eda69974db09d1ed', 'Falcon Heavy');
INSERT INTO launchpads (id, name) VALUES
('5e9e4501f509094ba4566f84', 'CCSFS SLC 40'),
('5e9e4502f5090995de566f86', 'Kwajalein Atoll'),
('5e9e4502f509094188566f88', NULL);
