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
