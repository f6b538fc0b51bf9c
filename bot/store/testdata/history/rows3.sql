-- What every text of the third migration has room for: claimed and unclaimed questions, finished ones with their words, and what is kept beside them.
INSERT INTO question (id, place, server, member, event, answer, attempts, owner, lease, accepted, finished) VALUES
 ('1400000000000000004', '1300000000000000003', '1200000000000000001', 'a keyed hash of ben', 'what has to be known of 4', '', 0, '', '', '2026-11-25T12:00:01.000000Z', ''),
 ('1400000000000000005', '1300000000000000004', '1200000000000000001', 'a keyed hash of cleo', 'what has to be known of 5', '', 2, 'a process that has ended', '2026-11-25T12:00:22.000000Z', '2026-11-25T12:00:02.000000Z', '');
INSERT INTO question (id, place, server, member, event, answer, attempts, owner, lease, accepted, finished, kind, text, history, shown, posted, verdict, mode, reason, article, sentences, near, took, calls, prompt_tokens, cached_tokens, completion_tokens) VALUES
 ('1400000000000000006', '1300000000000000003', '1200000000000000001', 'a keyed hash of ana', '', '', 1, 'a process that has ended', '', '2026-11-25T12:00:03.000000Z', '2026-11-25T12:00:04.000000Z',
  'ask', 'Why Alaska?', '["Where was it?"]', 'Because.', '1400000000000000031', 'answered', 'model', '', 'alaska-summit', 's12 s45', '', 900, 2, 1800, 600, 70);
INSERT INTO quota (member, tat) VALUES ('a keyed hash of ana', 1764072003000);
INSERT INTO usage (day, server, member, calls, prompt_tokens, cached_tokens, completion_tokens) VALUES ('2026-11-25', '1200000000000000001', 'a keyed hash of ana', 2, 1800, 600, 70);
INSERT INTO answer (key, body, until) VALUES ('a question''s key', '{"kept":"answer"}', '2026-11-26T12:00:00.000000Z');
INSERT INTO slot (bot, n, free) VALUES ('1100000000000000001', 0, 1764072003000);
