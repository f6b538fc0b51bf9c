-- A database as version 1 of its tables has left it.
CREATE TABLE migration (version INTEGER PRIMARY KEY, at TEXT NOT NULL);
CREATE TABLE secret (name TEXT PRIMARY KEY, value TEXT NOT NULL);
-- What members think of answers. member is a keyed hash of their id.
CREATE TABLE vote (
  answer    TEXT NOT NULL,
  member    TEXT NOT NULL,
  up        BOOLEAN NOT NULL,
  reason    TEXT NOT NULL,
  words     TEXT NOT NULL,
  question  TEXT NOT NULL,
  text      TEXT NOT NULL,
  article   TEXT NOT NULL,
  sentences TEXT NOT NULL,
  at        TEXT NOT NULL,
  PRIMARY KEY (answer, member)
);
CREATE INDEX vote_member ON vote (member);
INSERT INTO secret (name, value) VALUES ('member', 'AKEYOFTHATTIMEAKEYOFTHATTI');
INSERT INTO migration (version, at) VALUES (1, '2026-11-24T12:00:01.000000Z');
INSERT INTO vote (answer, member, up, reason, words, question, text, article, sentences, at) VALUES ('1400000000000000901', 'a1b2c3d4e5f60718293a4b5c6d7e8f90', FALSE, 'missing', 'it''s short; too short', 'Why was Alaska chosen?', 'Because it is “far from arbitrary”.', 'trump-putin-summit', 's45 s46', '2026-11-24T12:30:01.000000Z');
INSERT INTO vote (answer, member, up, reason, words, question, text, article, sentences, at) VALUES ('1400000000000000902', 'a1b2c3d4e5f60718293a4b5c6d7e8f90', TRUE, '', '', 'Why was Alaska chosen?', 'Because it is “far from arbitrary”.', 'trump-putin-summit', 's45 s46', '2026-11-24T12:30:02.000000Z');
