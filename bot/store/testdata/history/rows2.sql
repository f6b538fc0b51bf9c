-- What the second migration's tables hold: open questions, one with its answer, and finished ones.
INSERT INTO vote (answer, member, up, reason, words, question, text, article, sentences, at) VALUES
 ('1400000000000000031', 'a keyed hash of ana', FALSE, 'missing', 'it''s short; too short', 'Why Alaska?', 'Because.', 'alaska-summit', 's12 s45', '2026-11-24T12:00:00.000000Z');
INSERT INTO question (id, place, event, answer, attempts, accepted, finished) VALUES
 ('1400000000000000001', '1300000000000000001', 'what has to be known of 1', '', 0, '2026-11-24T12:00:01.000000Z', ''),
 ('1400000000000000002', '1300000000000000001', 'what has to be known of 2', 'an answer that is not posted', 1, '2026-11-24T12:00:02.000000Z', ''),
 ('1400000000000000003', '1300000000000000002', '', '', 1, '2026-11-24T12:00:03.000000Z', '2026-11-24T12:00:04.000000Z');
