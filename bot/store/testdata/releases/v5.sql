-- A database as version 5 of its tables has left it.
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
-- A question is claimed under a lease, with attempts as the fence: whoever
-- claims it counts one up, and what an earlier claim writes is refused. A
-- finished one tells what became of it; its words, and member, a keyed hash of
-- the asker's id, are kept for as long as the operator says.
ALTER TABLE question ADD COLUMN server TEXT NOT NULL DEFAULT '';
ALTER TABLE question ADD COLUMN member TEXT NOT NULL DEFAULT '';
ALTER TABLE question ADD COLUMN owner TEXT NOT NULL DEFAULT ''; -- the process that claimed it last
ALTER TABLE question ADD COLUMN lease TEXT NOT NULL DEFAULT ''; -- until when it is claimed
ALTER TABLE question ADD COLUMN turn BIGINT NOT NULL DEFAULT 0; -- the open questions are claimed in its order
ALTER TABLE question ADD COLUMN kind TEXT NOT NULL DEFAULT '';
ALTER TABLE question ADD COLUMN text TEXT NOT NULL DEFAULT '';
ALTER TABLE question ADD COLUMN history TEXT NOT NULL DEFAULT ''; -- earlier questions that it goes on from, as JSON
ALTER TABLE question ADD COLUMN shown TEXT NOT NULL DEFAULT ''; -- the answer's text
ALTER TABLE question ADD COLUMN posted TEXT NOT NULL DEFAULT ''; -- the id of the answer's first message
ALTER TABLE question ADD COLUMN verdict TEXT NOT NULL DEFAULT '';
ALTER TABLE question ADD COLUMN mode TEXT NOT NULL DEFAULT '';
ALTER TABLE question ADD COLUMN fallback TEXT NOT NULL DEFAULT '';
ALTER TABLE question ADD COLUMN reason TEXT NOT NULL DEFAULT ''; -- of a refusal
ALTER TABLE question ADD COLUMN lacking TEXT NOT NULL DEFAULT '';
ALTER TABLE question ADD COLUMN article TEXT NOT NULL DEFAULT ''; -- its slug
ALTER TABLE question ADD COLUMN sentences TEXT NOT NULL DEFAULT ''; -- that the answer quotes
ALTER TABLE question ADD COLUMN near TEXT NOT NULL DEFAULT ''; -- that stand near a refused question
ALTER TABLE question ADD COLUMN took BIGINT NOT NULL DEFAULT 0; -- milliseconds from accepted to posted
ALTER TABLE question ADD COLUMN calls INTEGER NOT NULL DEFAULT 0;
ALTER TABLE question ADD COLUMN prompt_tokens INTEGER NOT NULL DEFAULT 0;
ALTER TABLE question ADD COLUMN cached_tokens INTEGER NOT NULL DEFAULT 0;
ALTER TABLE question ADD COLUMN completion_tokens INTEGER NOT NULL DEFAULT 0;
DROP INDEX question_place;
CREATE INDEX question_talk ON question (place, member, accepted);
CREATE INDEX question_open_talk ON question (place, member, accepted, id) WHERE finished = '';
CREATE INDEX question_turn ON question (turn, accepted, id) WHERE finished = '';
CREATE INDEX question_server_turn ON question (COALESCE(NULLIF(server, ''), place), turn) WHERE finished = '';
CREATE INDEX question_member ON question (member) WHERE member <> '';
CREATE INDEX question_posted ON question (posted) WHERE posted <> '';
CREATE INDEX question_finished ON question (accepted, id) WHERE finished <> '';
CREATE INDEX question_server ON question (server, accepted, id) WHERE finished <> '';

-- Where questions were asked, and when the last one was.
CREATE TABLE place (
  place  TEXT PRIMARY KEY,
  server TEXT NOT NULL,
  at     TEXT NOT NULL
);
INSERT INTO place (place, server, at) SELECT place, '', MAX(accepted) FROM question GROUP BY place;

-- How fast each member asks: the theoretical arrival time, in milliseconds
-- since 1970, of the generic cell rate algorithm (ITU-T I.371).
CREATE TABLE quota (
  member TEXT PRIMARY KEY,
  tat    BIGINT NOT NULL
);

-- What was spent in a day (UTC), by server and member.
CREATE TABLE usage (
  day               TEXT NOT NULL,
  server            TEXT NOT NULL,
  member            TEXT NOT NULL,
  calls             BIGINT NOT NULL,
  prompt_tokens     BIGINT NOT NULL,
  cached_tokens     BIGINT NOT NULL,
  completion_tokens BIGINT NOT NULL,
  PRIMARY KEY (day, server, member)
);
CREATE INDEX usage_member ON usage (member);

-- Answers of a model, kept for those who ask the same.
CREATE TABLE answer (
  key   TEXT PRIMARY KEY,
  body  TEXT NOT NULL,
  until TEXT NOT NULL
);

-- The times from which each of a second's requests to Discord may be used
-- again, in milliseconds since 1970, for all processes of one bot.
CREATE TABLE slot (
  bot  TEXT NOT NULL,
  n    INTEGER NOT NULL,
  free BIGINT NOT NULL,
  PRIMARY KEY (bot, n)
);
-- What the processes that share the bot's gateway have agreed on; one row.
CREATE TABLE gateway (
  id          INTEGER PRIMARY KEY, -- 1
  shards      INTEGER NOT NULL,    -- how many there are; 0: not agreed yet
  self_id     TEXT NOT NULL,       -- who the bot is; empty: not known yet
  self_name   TEXT NOT NULL,
  application TEXT NOT NULL
);
-- The processes that take part, each for as long as it says so.
CREATE TABLE gateway_process (
  id     TEXT PRIMARY KEY,
  joined TEXT NOT NULL,
  until  TEXT NOT NULL
);
-- The shards: who holds each, and the session that it had last. One whose
-- holder no longer takes part is free.
CREATE TABLE shard (
  id       INTEGER PRIMARY KEY,
  holder   TEXT NOT NULL,   -- a process, or empty
  fence    BIGINT NOT NULL, -- grows when the holder changes
  session  TEXT NOT NULL,   -- empty: none to resume
  sequence BIGINT NOT NULL,
  url      TEXT NOT NULL
);
-- When the last IDENTIFY of each of Discord's buckets was due.
CREATE TABLE shard_identify (
  bucket INTEGER PRIMARY KEY,
  at     TEXT NOT NULL
);
-- A question is a row with a state (package queue), a claim (owner and lease,
-- with attempts as the fence) and a revision, which grows with every change from
-- outside. finished is when it was closed, and empty exactly while its state is
-- open; answer is the answer as it is to be shown, until it stands.
ALTER TABLE question ADD COLUMN state TEXT NOT NULL DEFAULT 'accepted';
ALTER TABLE question ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;
ALTER TABLE question ADD COLUMN tries INTEGER NOT NULL DEFAULT 0; -- how often this revision was claimed
ALTER TABLE question ADD COLUMN acked BOOLEAN NOT NULL DEFAULT FALSE; -- its interaction was acknowledged
ALTER TABLE question ADD COLUMN unsure BOOLEAN NOT NULL DEFAULT FALSE; -- there may be posts that are not recorded
ALTER TABLE question ADD COLUMN withdrawn BOOLEAN NOT NULL DEFAULT FALSE; -- by its author, for good
ALTER TABLE question ADD COLUMN due TEXT NOT NULL DEFAULT ''; -- it is not claimed before
ALTER TABLE question ADD COLUMN edited TEXT NOT NULL DEFAULT ''; -- when it was last, as Discord writes it
ALTER TABLE question ADD COLUMN ended TEXT NOT NULL DEFAULT ''; -- why it was abandoned
-- Whoever accepted an interaction acknowledged it at once.
UPDATE question SET
  state = CASE WHEN finished <> '' THEN 'settled' WHEN answer <> '' THEN 'answered' ELSE 'accepted' END,
  tries = attempts, acked = (finished = ''), unsure = (finished = '' AND attempts > 0),
  owner = CASE WHEN finished <> '' THEN '' ELSE owner END;

-- The messages of the bot's that show answers, by the parts that they show.
CREATE TABLE post (
  message  TEXT PRIMARY KEY,
  question TEXT NOT NULL,
  channel  TEXT NOT NULL,    -- empty: the question's place
  part     INTEGER NOT NULL, -- from 0
  shows    TEXT NOT NULL,    -- a hash; empty: not known
  gone     BOOLEAN NOT NULL  -- somebody else has deleted it
);
CREATE INDEX post_question ON post (question);
INSERT INTO post (message, question, channel, part, shows, gone)
  SELECT posted, id, '', 0, '', FALSE FROM question WHERE posted <> '' ON CONFLICT (message) DO NOTHING;
DROP INDEX question_posted;
ALTER TABLE question DROP COLUMN posted;
INSERT INTO secret (name, value) VALUES ('member', 'AKEYOFTHATTIMEAKEYOFTHATTI');
INSERT INTO migration (version, at) VALUES (1, '2026-11-24T12:00:01.000000Z');
INSERT INTO migration (version, at) VALUES (2, '2026-11-24T12:00:02.000000Z');
INSERT INTO migration (version, at) VALUES (3, '2026-11-24T12:00:03.000000Z');
INSERT INTO migration (version, at) VALUES (4, '2026-11-24T12:00:04.000000Z');
INSERT INTO migration (version, at) VALUES (5, '2026-11-24T12:00:05.000000Z');
INSERT INTO vote (answer, member, up, reason, words, question, text, article, sentences, at) VALUES ('1400000000000000901', 'a1b2c3d4e5f60718293a4b5c6d7e8f90', FALSE, 'missing', 'it''s short; too short', 'Why was Alaska chosen?', 'Because it is “far from arbitrary”.', 'trump-putin-summit', 's45 s46', '2026-11-24T12:30:01.000000Z');
INSERT INTO vote (answer, member, up, reason, words, question, text, article, sentences, at) VALUES ('1400000000000000902', 'a1b2c3d4e5f60718293a4b5c6d7e8f90', TRUE, '', '', 'Why was Alaska chosen?', 'Because it is “far from arbitrary”.', 'trump-putin-summit', 's45 s46', '2026-11-24T12:30:02.000000Z');
INSERT INTO question (id, place, server, member, kind, text, event, answer, attempts, tries, owner, lease, accepted, finished, state, turn) VALUES ('1400000000000000011', '1300000000000000001', '1200000000000000001', '11111111111111111111111111111111', 'ask', 'Why was Alaska chosen?', '{"question":{"ID":"1400000000000000011","Place":"1300000000000000001","Server":"1200000000000000001","Member":"1100000000000000001","Kind":"ask","Text":"Why was Alaska chosen?","History":null,"Count":0,"Style":"","For":""},"message":{"id":"1400000000000000011","type":0,"channel_id":"1300000000000000001","guild_id":"1200000000000000001","author":{"id":"1100000000000000001","bot":false},"webhook_id":"","content":"<@100000000000000001> Why was Alaska chosen?","edited_timestamp":"","channel_type":0,"message_reference":null,"components":[],"mentions":[{"id":"100000000000000001","bot":true}],"referenced_message":null}}', '', 0, 0, '', '', '2026-11-26T12:10:11.000000Z', '', 'accepted', 1);
INSERT INTO question (id, place, server, member, kind, text, event, answer, attempts, tries, owner, lease, accepted, finished, state, turn) VALUES ('1400000000000000012', '1300000000000000001', '1200000000000000001', '11111111111111111111111111111111', 'ask', 'and when?', '{"question":{"ID":"1400000000000000012","Place":"1300000000000000001","Server":"1200000000000000001","Member":"1100000000000000001","Kind":"ask","Text":"and when?","History":null,"Count":0,"Style":"","For":""},"message":{"id":"1400000000000000012","type":19,"channel_id":"1300000000000000001","guild_id":"1200000000000000001","author":{"id":"1100000000000000001","bot":false},"webhook_id":"","content":"and when?","edited_timestamp":"","channel_type":0,"message_reference":{"message_id":"1399999999999999998"},"components":[],"mentions":[{"id":"100000000000000001","bot":true}],"referenced_message":{"id":"1399999999999999998","type":19,"channel_id":"1300000000000000001","guild_id":"","author":{"id":"100000000000000001","bot":true},"webhook_id":"","content":"","edited_timestamp":"2026-11-30T07:11:52.423054+00:00","channel_type":0,"message_reference":{"message_id":"1399999999999999997"},"components":[{"type":17,"components":[{"type":10,"content":"-# **Proven by one passage** · Quoted word for word."},{"type":10,"content":"> “The choice of Alaska as the summit location is far from arbitrary.” [1]"},{"type":14},{"type":9,"components":[{"type":10,"content":"-# [1] In-Depth Analysis: The Alaskan Calculus, paragraph 1 of 6"}],"accessory":{"type":2,"style":2,"label":"Show passage","custom_id":"p:c3a815fe:p16:45"}},{"type":10,"content":"-# From the article as of its writing; it cannot know what came after."}],"accent_color":3894949},{"type":1,"components":[{"type":2,"style":2,"label":"Helpful","custom_id":"u:c3a815fe::45","emoji":{"name":"👍"}},{"type":2,"style":2,"label":"Not helpful","custom_id":"d:c3a815fe::45","emoji":{"name":"👎"}},{"type":2,"style":2,"label":"Go on in a thread","custom_id":"t"}]},{"type":1,"components":[{"type":2,"style":2,"label":"Shorter","custom_id":"r:c3a815fe::45:brief"},{"type":2,"style":2,"label":"In plain words","custom_id":"r:c3a815fe::45:plain"}]},{"type":1,"components":[{"type":3,"custom_id":"n","placeholder":"Ask next","options":[{"label":"Who is meeting in Alaska, and when?","value":"Who is meeting in Alaska, and when?"},{"label":"What is the summit between Putin and Trump about?","value":"What is the summit between Putin and Trump about?"},{"label":"How did the war in Ukraine begin?","value":"How did the war in Ukraine begin?"}]}]}],"mentions":[],"referenced_message":null}}}', '', 0, 0, '', '', '2026-11-26T12:10:12.000000Z', '', 'accepted', 2);
INSERT INTO question (id, place, server, member, kind, text, event, answer, attempts, tries, owner, lease, accepted, finished, state, turn, acked) VALUES ('1400000000000000013', '1300000000000000002', '1200000000000000001', '22222222222222222222222222222222', 'ask', 'Why was Alaska chosen?', '{"question":{"ID":"1400000000000000013","Place":"1300000000000000002","Server":"1200000000000000001","Member":"1100000000000000002","Kind":"ask","Text":"Why was Alaska chosen?","History":null,"Count":0,"Style":"","For":""},"interaction":{"id":"1400000000000000013","application_id":"100000000000000001","type":2,"token":"an-interactions-token","channel_id":"1300000000000000002","guild_id":"1200000000000000001","channel":{"id":"1300000000000000002","type":0,"guild_id":"1200000000000000001","owner_id":"","parent_id":""},"locale":"en-US","message":null,"member":{"user":{"id":"1100000000000000002","bot":false},"permissions":"311385377856"},"user":null,"data":{"type":1,"name":"ask","options":[{"name":"question","value":"Why was Alaska chosen?","focused":false}],"target_id":"","resolved":{"messages":null},"custom_id":"","values":null,"components":null}}}', '', 1, 1, 'APROCESSTHATHASENDED', '2026-11-26T12:11:00.000000Z', '2026-11-26T12:10:13.000000Z', '', 'accepted', 1, TRUE);
INSERT INTO question (id, place, server, member, kind, text, event, answer, attempts, tries, owner, lease, accepted, finished, state, turn, acked, unsure) VALUES ('1400000000000000014', '1300000000000000003', '1200000000000000001', '33333333333333333333333333333333', 'risks', '', '{"question":{"ID":"1400000000000000014","Place":"1300000000000000003","Server":"1200000000000000001","Member":"1100000000000000003","Kind":"risks","Text":"","History":null,"Count":0,"Style":"","For":"ukraine"},"interaction":{"id":"1400000000000000014","application_id":"100000000000000001","type":2,"token":"an-interactions-token","channel_id":"1300000000000000003","guild_id":"1200000000000000001","channel":{"id":"1300000000000000003","type":0,"guild_id":"1200000000000000001","owner_id":"","parent_id":""},"locale":"en-US","message":null,"member":{"user":{"id":"1100000000000000003","bot":false},"permissions":"311385377856"},"user":null,"data":{"type":1,"name":"risks","options":[{"name":"for","value":"ukraine","focused":false}],"target_id":"","resolved":{"messages":null},"custom_id":"","values":null,"components":null}}}', '[[{"type":17,"components":[{"type":10,"content":"-# **Proven by one passage** · Quoted word for word."},{"type":10,"content":"> “The choice of Alaska as the summit location is far from arbitrary.” [1]"},{"type":14},{"type":9,"components":[{"type":10,"content":"-# [1] In-Depth Analysis: The Alaskan Calculus, paragraph 1 of 6"}],"accessory":{"type":2,"style":2,"label":"Show passage","custom_id":"p:c3a815fe:p16:45"}},{"type":10,"content":"-# From the article as of its writing; it cannot know what came after."}],"accent_color":3894949},{"type":1,"components":[{"type":2,"style":2,"label":"Helpful","custom_id":"u:c3a815fe::45","emoji":{"name":"👍"}},{"type":2,"style":2,"label":"Not helpful","custom_id":"d:c3a815fe::45","emoji":{"name":"👎"}},{"type":2,"style":2,"label":"Go on in a thread","custom_id":"t"}]},{"type":1,"components":[{"type":2,"style":2,"label":"Shorter","custom_id":"r:c3a815fe::45:brief"},{"type":2,"style":2,"label":"In plain words","custom_id":"r:c3a815fe::45:plain"}]},{"type":1,"components":[{"type":3,"custom_id":"n","placeholder":"Ask next","options":[{"label":"Who is meeting in Alaska, and when?","value":"Who is meeting in Alaska, and when?"},{"label":"What is the summit between Putin and Trump about?","value":"What is the summit between Putin and Trump about?"},{"label":"How did the war in Ukraine begin?","value":"How did the war in Ukraine begin?"}]}]}]]', 3, 3, 'APROCESSTHATHASENDED', '2026-11-26T12:11:00.000000Z', '2026-11-26T12:10:14.000000Z', '', 'answered', 1, TRUE, TRUE);
INSERT INTO post (message, question, channel, part, shows, gone) VALUES ('1400000000000000914', '1400000000000000014', '', 0, '5feceb66ffc86f38', FALSE);
INSERT INTO question (id, place, server, member, kind, text, event, answer, attempts, tries, owner, lease, accepted, finished, state, turn, revision, acked) VALUES ('1400000000000000015', '1300000000000000004', '1200000000000000001', '44444444444444444444444444444444', 'ask', 'Why was Alaska chosen?', '{"question":{"ID":"1400000000000000015","Place":"1300000000000000004","Server":"1200000000000000001","Member":"1100000000000000004","Kind":"ask","Text":"Why was Alaska chosen?","History":null,"Count":0,"Style":"","For":""},"interaction":{"id":"1400000000000000015","application_id":"100000000000000001","type":2,"token":"an-interactions-token","channel_id":"1300000000000000004","guild_id":"1200000000000000001","channel":{"id":"1300000000000000004","type":0,"guild_id":"1200000000000000001","owner_id":"","parent_id":""},"locale":"en-US","message":null,"member":{"user":{"id":"1100000000000000004","bot":false},"permissions":"311385377856"},"user":null,"data":{"type":1,"name":"ask","options":[{"name":"question","value":"Why was Alaska chosen?","focused":false},{"name":"show","value":"me","focused":false}],"target_id":"","resolved":{"messages":null},"custom_id":"","values":null,"components":null}},"alone":true}', '', 1, 1, 'APROCESSTHATHASENDED', '2026-11-26T12:11:00.000000Z', '2026-11-26T12:10:15.000000Z', '', 'stopped', 1, 1, TRUE);
INSERT INTO post (message, question, channel, part, shows, gone) VALUES ('1400000000000000915', '1400000000000000015', '', 0, '5feceb66ffc86f38', FALSE);
INSERT INTO question (id, place, server, member, kind, text, event, answer, attempts, tries, owner, lease, accepted, finished, state, turn, revision, edited) VALUES ('1400000000000000016', '1300000000000000006', '1200000000000000001', '55555555555555555555555555555555', 'ask', 'and when?', '{"question":{"ID":"1400000000000000016","Place":"1300000000000000001","Server":"1200000000000000001","Member":"1100000000000000001","Kind":"ask","Text":"Why was Alaska chosen?","History":null,"Count":0,"Style":"","For":""},"message":{"id":"1400000000000000016","type":0,"channel_id":"1300000000000000001","guild_id":"1200000000000000001","author":{"id":"1100000000000000001","bot":false},"webhook_id":"","content":"<@100000000000000001> Why was Alaska chosen?","edited_timestamp":"","channel_type":0,"message_reference":null,"components":[],"mentions":[{"id":"100000000000000001","bot":true}],"referenced_message":null}}', '', 2, 0, '', '', '2026-11-26T12:10:16.000000Z', '', 'accepted', 2, 1, '2026-11-26T12:10:40.123000+00:00');
INSERT INTO post (message, question, channel, part, shows, gone) VALUES ('1400000000000000916', '1400000000000000016', '', 0, '5feceb66ffc86f38', TRUE);
INSERT INTO post (message, question, channel, part, shows, gone) VALUES ('1400000000000000917', '1400000000000000016', '', 1, '5feceb66ffc86f38', FALSE);
INSERT INTO question (id, place, server, member, kind, text, event, answer, attempts, tries, owner, lease, accepted, finished, state, turn, revision, withdrawn) VALUES ('1400000000000000017', '1300000000000000007', '1200000000000000001', '66666666666666666666666666666666', 'ask', '', '{"question":{"ID":"1400000000000000017","Place":"1300000000000000001","Server":"1200000000000000001","Member":"1100000000000000001","Kind":"ask","Text":"Why was Alaska chosen?","History":null,"Count":0,"Style":"","For":""},"message":{"id":"1400000000000000017","type":0,"channel_id":"1300000000000000001","guild_id":"1200000000000000001","author":{"id":"1100000000000000001","bot":false},"webhook_id":"","content":"<@100000000000000001> Why was Alaska chosen?","edited_timestamp":"","channel_type":0,"message_reference":null,"components":[],"mentions":[{"id":"100000000000000001","bot":true}],"referenced_message":null}}', '', 1, 0, '', '', '2026-11-26T12:10:17.000000Z', '', 'withdrawn', 2, 1, TRUE);
INSERT INTO post (message, question, channel, part, shows, gone) VALUES ('1400000000000000918', '1400000000000000017', '', 0, '5feceb66ffc86f38', FALSE);
INSERT INTO question (id, place, server, member, kind, text, event, answer, attempts, tries, owner, lease, accepted, finished, state, turn, due, unsure) VALUES ('1400000000000000018', '1300000000000000008', '1200000000000000001', '77777777777777777777777777777777', 'ask', 'Why was Alaska chosen?', '{"question":{"ID":"1400000000000000018","Place":"1300000000000000001","Server":"1200000000000000001","Member":"1100000000000000001","Kind":"ask","Text":"Why was Alaska chosen?","History":null,"Count":0,"Style":"","For":""},"message":{"id":"1400000000000000018","type":0,"channel_id":"1300000000000000001","guild_id":"1200000000000000001","author":{"id":"1100000000000000001","bot":false},"webhook_id":"","content":"<@100000000000000001> Why was Alaska chosen?","edited_timestamp":"","channel_type":0,"message_reference":null,"components":[],"mentions":[{"id":"100000000000000001","bot":true}],"referenced_message":null}}', '', 2, 2, '', '', '2026-11-26T12:10:18.000000Z', '', 'accepted', 3, '2026-11-26T12:12:00.000000Z', TRUE);
INSERT INTO question (id, place, server, member, event, answer, attempts, tries, accepted, finished, state, kind, text, history, shown, verdict, mode, article, sentences, took, calls, prompt_tokens, cached_tokens, completion_tokens) VALUES ('1400000000000000021', '1300000000000000002', '1200000000000000001', 'a1b2c3d4e5f60718293a4b5c6d7e8f90', '', '', 1, 1, '2026-11-25T12:10:21.000000Z', '2026-11-25T12:10:22.000000Z', 'settled', 'ask', 'Why was Alaska chosen?', '["where is it?"]', 'Because it is “far from arbitrary”.', 'answered', 'model', 'trump-putin-summit', 's45 s46', 900, 2, 1800, 600, 70);
INSERT INTO post (message, question, channel, part, shows, gone) VALUES ('1400000000000000901', '1400000000000000021', '', 0, '5feceb66ffc86f38', FALSE);
INSERT INTO post (message, question, channel, part, shows, gone) VALUES ('1400000000000000903', '1400000000000000021', '', 1, '5feceb66ffc86f38', FALSE);
INSERT INTO question (id, place, server, member, event, answer, attempts, tries, accepted, finished, state, kind, text, history, shown, verdict, mode, fallback, reason, lacking, article, near, took) VALUES ('1400000000000000022', '1300000000000000002', '1200000000000000001', 'a1b2c3d4e5f60718293a4b5c6d7e8f90', '', '', 1, 1, '2026-11-25T12:10:22.000000Z', '2026-11-25T12:10:23.000000Z', 'settled', 'ask', 'What did it cost?', 'null', 'The article does not say it.', 'not_in_article', 'quotes', 'budget', 'lacks', 'what it cost', 'trump-putin-summit', 's12', 12);
INSERT INTO post (message, question, channel, part, shows, gone) VALUES ('1400000000000000922', '1400000000000000022', '1300000000000000099', 0, '5feceb66ffc86f38', FALSE);
INSERT INTO question (id, place, server, member, event, answer, attempts, tries, accepted, finished, state, unsure) VALUES ('1400000000000000023', '', '', '', '', '', 1, 1, '2026-11-25T12:10:23.000000Z', '2026-11-25T12:10:24.000000Z', 'settled', TRUE);
INSERT INTO question (id, place, server, member, event, answer, attempts, tries, accepted, finished, state, revision, withdrawn) VALUES ('1400000000000000024', '1300000000000000002', '1200000000000000001', 'a1b2c3d4e5f60718293a4b5c6d7e8f90', '', '', 1, 1, '2026-11-25T12:10:24.000000Z', '2026-11-25T12:10:25.000000Z', 'settled', 1, TRUE);
INSERT INTO question (id, place, server, member, event, answer, attempts, tries, accepted, finished, state, kind, text, ended) VALUES ('1400000000000000025', '1300000000000000002', '1200000000000000001', 'a1b2c3d4e5f60718293a4b5c6d7e8f90', '', '', 8, 8, '2026-11-25T12:10:25.000000Z', '2026-11-25T12:10:26.000000Z', 'abandoned', 'ask', 'Why was Alaska chosen?', 'it was claimed too often');
INSERT INTO question (id, place, server, member, event, answer, attempts, tries, accepted, finished, state, kind, verdict) VALUES ('1400000000000000026', '1300000000000000002', '1200000000000000001', 'a1b2c3d4e5f60718293a4b5c6d7e8f90', '', '', 1, 1, '2026-11-25T12:10:26.000000Z', '2026-11-25T12:10:27.000000Z', 'settled', 'check', 'answered');
INSERT INTO place (place, server, at) SELECT place, MAX(server), MAX(accepted) FROM question WHERE place <> '' GROUP BY place;
INSERT INTO quota (member, tat) VALUES ('11111111111111111111111111111111', 1764158000000);
INSERT INTO usage (day, server, member, calls, prompt_tokens, cached_tokens, completion_tokens) VALUES ('2026-11-25', '1200000000000000001', 'a1b2c3d4e5f60718293a4b5c6d7e8f90', 2, 1800, 600, 70);
INSERT INTO answer (key, body, until) VALUES ('the key of a question', '{"kept":"an answer"}', '2999-01-01T00:00:00.000000Z');
INSERT INTO slot (bot, n, free) VALUES ('summitbot', 0, 1764158000000), ('summitbot', 1, 1764158000500);
INSERT INTO gateway (id, shards, self_id, self_name, application) VALUES (1, 2, '100000000000000001', 'summitbot', '100000000000000001');
INSERT INTO gateway_process (id, joined, until) VALUES ('APROCESSTHATHASENDED/ITSLIFE', '2026-11-26T12:00:00.000000Z', '2026-11-26T12:10:30.000000Z');
INSERT INTO shard (id, holder, fence, session, sequence, url) VALUES (0, 'APROCESSTHATHASENDED/ITSLIFE', 3, 'a session of shard 0', 1234, 'wss://gateway.example'), (1, '', 2, 'a session of shard 1', 77, 'wss://gateway.example');
INSERT INTO shard_identify (bucket, at) VALUES (0, '2026-11-26T12:00:01.000000Z');
