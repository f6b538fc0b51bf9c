-- A database as version 2 of its tables has left it: open questions, one with an answer that was not posted, and a finished one.
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
-- Questions, from when they were accepted. What was asked and answered is kept
-- only while a question is open; afterwards the row says that it was seen.
CREATE TABLE question (
  id       TEXT PRIMARY KEY,
  place    TEXT NOT NULL,
  event    TEXT NOT NULL,
  answer   TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  accepted TEXT NOT NULL,
  finished TEXT NOT NULL -- empty while it is open
);
CREATE INDEX question_open ON question (accepted) WHERE finished = '';
CREATE INDEX question_place ON question (place, accepted);
INSERT INTO secret (name, value) VALUES ('member', 'AKEYOFTHATTIMEAKEYOFTHATTI');
INSERT INTO migration (version, at) VALUES (1, '2026-11-24T12:00:01.000000Z');
INSERT INTO migration (version, at) VALUES (2, '2026-11-24T12:00:02.000000Z');
INSERT INTO vote (answer, member, up, reason, words, question, text, article, sentences, at) VALUES ('1400000000000000901', 'a1b2c3d4e5f60718293a4b5c6d7e8f90', FALSE, 'missing', 'it''s short; too short', 'Why was Alaska chosen?', 'Because it is “far from arbitrary”.', 'trump-putin-summit', 's45 s46', '2026-11-24T12:30:01.000000Z');
INSERT INTO vote (answer, member, up, reason, words, question, text, article, sentences, at) VALUES ('1400000000000000902', 'a1b2c3d4e5f60718293a4b5c6d7e8f90', TRUE, '', '', 'Why was Alaska chosen?', 'Because it is “far from arbitrary”.', 'trump-putin-summit', 's45 s46', '2026-11-24T12:30:02.000000Z');
INSERT INTO question (id, place, event, answer, attempts, accepted, finished) VALUES ('1400000000000000001', '1300000000000000001', '{"question":{"ID":"1400000000000000001","Place":"1300000000000000001","Member":"1100000000000000001","Kind":"ask","Text":"Why was Alaska chosen?","History":null,"Count":0,"Style":"","For":""},"message":{"id":"1400000000000000001","type":0,"channel_id":"1300000000000000001","guild_id":"1200000000000000001","author":{"id":"1100000000000000001","bot":false},"webhook_id":"","content":"<@100000000000000001> Why was Alaska chosen?","edited_timestamp":"","channel_type":0,"message_reference":null,"components":[],"mentions":[{"id":"100000000000000001","bot":true}],"referenced_message":null}}', '', 0, '2026-11-24T12:10:01.000000Z', '');
INSERT INTO question (id, place, event, answer, attempts, accepted, finished) VALUES ('1400000000000000002', '1300000000000000001', '{"question":{"ID":"1400000000000000002","Place":"1300000000000000001","Member":"1100000000000000002","Kind":"ask","Text":"Why was Alaska chosen?","History":null,"Count":0,"Style":"","For":""},"interaction":{"id":"1400000000000000002","application_id":"100000000000000001","type":2,"token":"an-interactions-token","channel_id":"1300000000000000001","guild_id":"1200000000000000001","channel":{"id":"1300000000000000001","type":0,"guild_id":"1200000000000000001","owner_id":"","parent_id":""},"locale":"en-US","message":null,"member":{"user":{"id":"1100000000000000002","bot":false},"permissions":"311385377856"},"user":null,"data":{"type":1,"name":"ask","options":[{"name":"question","value":"Why was Alaska chosen?","focused":false}],"target_id":"","resolved":{"messages":null},"custom_id":"","values":null,"components":null}}}', '[[{"type":17,"components":[{"type":10,"content":"-# **Proven by one passage** · Quoted word for word."},{"type":10,"content":"> “The choice of Alaska as the summit location is far from arbitrary.” [1]"},{"type":14},{"type":9,"components":[{"type":10,"content":"-# [1] In-Depth Analysis: The Alaskan Calculus, paragraph 1 of 6"}],"accessory":{"type":2,"style":2,"label":"Show passage","custom_id":"p:c3a815fe:p16:45"}},{"type":10,"content":"-# From the article as of its writing; it cannot know what came after."}],"accent_color":3894949},{"type":1,"components":[{"type":2,"style":2,"label":"Helpful","custom_id":"u:c3a815fe::45","emoji":{"name":"👍"}},{"type":2,"style":2,"label":"Not helpful","custom_id":"d:c3a815fe::45","emoji":{"name":"👎"}},{"type":2,"style":2,"label":"Go on in a thread","custom_id":"t"}]},{"type":1,"components":[{"type":2,"style":2,"label":"Shorter","custom_id":"r:c3a815fe::45:brief"},{"type":2,"style":2,"label":"In plain words","custom_id":"r:c3a815fe::45:plain"}]},{"type":1,"components":[{"type":3,"custom_id":"n","placeholder":"Ask next","options":[{"label":"Who is meeting in Alaska, and when?","value":"Who is meeting in Alaska, and when?"},{"label":"What is the summit between Putin and Trump about?","value":"What is the summit between Putin and Trump about?"},{"label":"How did the war in Ukraine begin?","value":"How did the war in Ukraine begin?"}]}]}]]', 1, '2026-11-24T12:10:02.000000Z', '');
INSERT INTO question (id, place, event, answer, attempts, accepted, finished) VALUES ('1400000000000000003', '1300000000000000002', '', '', 1, '2026-11-24T12:10:03.000000Z', '2026-11-24T12:10:09.000000Z');
