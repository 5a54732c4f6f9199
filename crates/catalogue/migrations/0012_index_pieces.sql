-- The program puts the index's pieces together when little happens: two of a size are enough to be worth it.
INSERT INTO event_index (event_index, rank) VALUES ('usermerge', 2);
