package testserver

import (
	"net/http"
	"time"
)

// errThreadArchived and errThreadLocked are what is answered where something
// is to change in a thread that is put away, or in one that is closed to those
// who do not manage threads.
func errThreadArchived() *apiError { return badRequest(50083, "Thread is archived") }
func errThreadLocked() *apiError {
	return &apiError{Status: http.StatusForbidden, Code: 160005, Message: "This thread is locked"}
}

// awake returns Discord's error when nothing can be changed in a thread that is
// archived. Channels never are.
func (ch *channel) awake() error {
	if ch.Thread != nil && ch.Thread.Archived {
		return errThreadArchived()
	}
	return nil
}

// wake makes a channel ready for a user's message: that takes an archived
// thread out of the archive, unless it is locked to them.
// https://docs.discord.com/developers/topics/threads#active-archived-threads
func (s *Server) wake(u *User, ch *channel) error {
	t := ch.Thread
	switch {
	case t == nil:
		return nil
	case t.Locked && s.may(u, ch, mayManageThreads) != nil && t.Archived:
		return errThreadArchived()
	case t.Locked && s.may(u, ch, mayManageThreads) != nil:
		return errThreadLocked()
	case t.Archived:
		s.archive(ch, false, t.Locked)
	}
	return nil
}

// archive puts a thread into the archive or takes it out, and tells of it.
func (s *Server) archive(ch *channel, archived, locked bool) {
	t := *ch.Thread // the one that there was may be shared with an answer
	if t.Archived != archived {
		t.ArchiveTimestamp = timestamp(time.Now())
	}
	t.Archived, t.Locked = archived, locked
	ch.Thread = &t
	s.emitChannel("THREAD_UPDATE", ch)
}

// Archive has a moderator archive or unarchive a thread, and lock or unlock it.
func (s *Server) Archive(thread string, archived, locked bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	ch, err := s.channelFor(nil, thread)
	if err != nil {
		return asComplaint(err)
	}
	if ch.Thread == nil {
		return complaint("channel %q is no thread", thread)
	}
	s.archive(ch, archived, locked)
	return nil
}

// modifyThread is https://docs.discord.com/developers/resources/channel#modify-channel-json-params-thread
func (s *Server) modifyThread(c *call) (reply, error) {
	ch, err := s.channelOf(c)
	if err != nil {
		return reply{}, err
	}
	if ch.Thread == nil {
		return reply{}, badRequest(50024, "Cannot execute action on this channel type")
	}
	f, err := newForm(c.body)
	if err != nil {
		return reply{}, err
	}
	archived, locked := ch.Thread.Archived, ch.Thread.Locked
	f.read("archived", &archived)
	f.read("locked", &locked)
	if err := f.err(); err != nil {
		return reply{}, err
	}
	wanted := mayManageThreads
	if !archived && !locked && !ch.Thread.Locked {
		wanted = maySendInThreads // whoever may write may take it out of the archive
	}
	if err := s.may(c.bot.user, ch, wanted); err != nil {
		return reply{}, err
	}
	s.archive(ch, archived, locked)
	return reply{body: ch.Channel}, nil
}
