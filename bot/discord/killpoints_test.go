package discord

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"summitbot/bot/discord/command"
	"summitbot/bot/discord/customid"
	"summitbot/bot/discord/markdown"
	"summitbot/bot/discord/worker"
	"summitbot/bot/queue"
	"summitbot/bot/store"
	"summitbot/bot/store/postgrestest"
	"summitbot/bot/store/storetest"
	"summitbot/bot/testserver"
)

// killPoints are where processes are killed, before it and after it: at each
// transition of a row, and at each call by which members see something of it. Where
// two kinds of processes share the work, the role says which gets there.
var killPoints = map[queue.Transition]Role{
	queue.Accept: Gateway, queue.Acknowledge: Gateway, queue.Revise: Gateway, queue.Withdraw: Gateway, queue.Stop: Gateway, queue.Lose: Gateway, queue.Move: Gateway,
	queue.Claim: Worker, queue.Renew: Worker, queue.Record: Worker, queue.Answer: Worker, queue.Settle: Worker, queue.Release: Worker, queue.Abandon: Worker,
	calling: Gateway,
	making:  Worker, posting: Worker, further: Worker, editing: Worker, removing: Worker,
}

// killsEach is how often a process is killed at a point at least, half of that before
// it and half after it.
const killsEach = 10

const (
	// killsInPlay are the kills while the same questions are open: fewer than the
	// claims after which a question is given up.
	killsInPlay = worker.MostClaims - 3
	// killWithin is for how long this goes on at most.
	killWithin = 4 * time.Minute
)

// A tally counts kills.
type tally struct {
	mu    sync.Mutex
	kills map[death]int
	soon  map[death]int // that somebody is about to die
	// unheard are interactions that the bot did not acknowledge in time, as Discord
	// has told their members, and doubled the messages that stand twice where only
	// their member sees them.
	asked, unheard, doubled int
}

func (y *tally) add(d death) {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.kills[d]++
}

// wants are deaths that a role has not died often enough, of all but the slow ones.
func (y *tally) wants(role Role) (all []death) {
	y.mu.Lock()
	defer y.mu.Unlock()
	for at, whose := range killPoints {
		for _, after := range []bool{false, true} {
			d := death{at, after}
			if (role == Everything || role == whose) && at != queue.Renew && at != queue.Move && y.kills[d] < killsEach/2 {
				all = append(all, d)
			}
		}
	}
	return all
}

// takes are up to n deaths at a point that nobody has died often enough, or is about
// to; they are given back.
func (y *tally) takes(at queue.Transition, n int) (all []death, back func()) {
	y.mu.Lock()
	defer y.mu.Unlock()
	for range killsEach {
		for _, d := range []death{{at, false}, {at, true}} {
			if len(all) < n && y.kills[d]+y.soon[d] < killsEach/2 {
				y.soon[d]++
				all = append(all, d)
			}
		}
	}
	return all, func() {
		y.mu.Lock()
		defer y.mu.Unlock()
		for _, d := range all {
			y.soon[d]--
		}
	}
}

// A process is killed before and after each transition of a row, and each call that
// members see, ten times each at least, and started again. In the end each question
// that stands has one whole answer to its last text, none stands to those that were
// deleted, and what a moderator deleted is not posted again. It is held to that but
// for what no process can know:
//
//   - further messages that only the asker sees may stand twice (check says where);
//   - a command that nobody could acknowledge within Discord's three seconds has no
//     answer, and Discord says so (check);
//   - a moderator deletes what is recorded to stand, for of a message that was posted
//     by a process which died at once, nobody knows that it was there (play);
//   - sessions are kept before the first process dies, for a question in a place that
//     nobody has heard of is told again by its own session alone (dying).
func TestKillPoints(t *testing.T) {
	if racing {
		t.Skip("the race detector makes each process take many times as long: .ci/run has a step for this without it")
	}
	t.Parallel()
	for _, at := range queue.Transitions {
		if killPoints[at] == "" {
			t.Errorf("nobody is killed at the transition %q: give it its place in killPoints, and in killing", at)
		}
	}
	for name, shared := range map[string]bool{"SQLite": false, "PostgreSQL": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			y := &tally{kills: map[death]int{}, soon: map[death]int{}}
			began := time.Now()
			t.Run("worlds", func(t *testing.T) {
				worlds := 4
				if shared {
					worlds = 3
				}
				for i := range worlds {
					t.Run(fmt.Sprint(i), func(t *testing.T) {
						t.Parallel()
						dying(t, y, shared)
					})
				}
			})
			for at := range killPoints {
				before, after := y.kills[death{at, false}], y.kills[death{at, true}]
				if t.Logf("%-12s %3d before, %3d after", at, before, after); before+after < killsEach || min(before, after) < killsEach/2 {
					t.Errorf("nobody was killed at %q often enough: %d times before it, %d after it", at, before, after)
				}
			}
			t.Logf("%d questions in %v; %d commands that Discord said were not heard, %d messages doubled that only their members see",
				y.asked, time.Since(began).Round(time.Second), y.unheard, y.doubled)
		})
	}
}

// A dyingWorld is one whose processes are killed.
type dyingWorld struct {
	*world
	store    *store.Store
	tally    *tally
	url      string
	folder   string
	line     *postgrestest.Line // nil: SQLite
	mortals  []*mortal
	channels []string // one for each shard
	asked    []*posed
	unposted []*posed // of them

	mu    sync.Mutex
	armed func(*mortal) []death // where a process is to die that starts now
	kills int                   // of this play
}

// A mortal is a process that is started again whenever it was killed.
type mortal struct {
	role  Role
	world *dyingWorld
	log   *safeBuffer
	ended chan struct{}

	mu    sync.Mutex
	cmd   *exec.Cmd
	tells io.Writer
	says  *safeBuffer // its log
	began time.Time
	over  bool
}

// ready says whether the process that runs now is ready.
func (s *mortal) ready() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.says != nil && !s.over && strings.Contains(s.says.String(), "msg=ready") && !strings.Contains(s.says.String(), died)
}

// age is for how long a process has run.
func (s *mortal) age() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return time.Since(s.began)
}

// A posed question is one that was asked, and what is to stand in the end.
type posed struct {
	how     string
	m       testserver.Message
	command string // the interaction's id, where it was asked by one
	user    string
	channel string
	parts   int
	edited  bool
	stopped bool
	alone   bool
}

// dying kills the processes of one world until all is tallied.
func dying(t *testing.T, y *tally, shared bool) {
	o := testserver.Options{SessionStarts: 100_000, CommandCreates: 100_000, GlobalPerSecond: -1}
	w := &dyingWorld{world: &world{T: t, log: &safeBuffer{}}, tally: y, folder: t.TempDir(), channels: []string{"general"}}
	roles := []Role{Everything}
	if shared {
		o.Shards, o.MaxConcurrency = 2, 2
		db := postgrestest.New(t)
		w.line = postgrestest.NewLine(t, db.Address)
		w.url = db.URL(w.line.Address)
		roles = []Role{Gateway, Gateway, Worker, Worker}
	}
	w.server = newDiscord(t, o)
	if shared {
		w.channels = w.world.channels(2)
	}
	s, err := store.Open(context.WithoutCancel(t.Context()), store.Options{Folder: w.folder, URL: w.url})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	w.store = s
	for _, r := range roles {
		w.mortals = append(w.mortals, &mortal{role: r, world: w, log: &safeBuffer{}, ended: make(chan struct{})})
	}
	t.Cleanup(func() {
		for i, at := range w.mortals {
			if at.end(); t.Failed() {
				t.Logf("log of process %d, a %s:\n%s", i, at.role, at.log.String())
			}
		}
	})
	for _, at := range w.mortals {
		go at.run()
	}
	w.eventually("the bot is there", func() bool {
		return !slices.ContainsFunc(w.mortals, func(m *mortal) bool { return !m.ready() })
	})
	deadline := time.Now().Add(killWithin)
	for _, c := range w.channels { // sessions that have just begun are not kept yet
		w.awaits(w.asks("the first", "ana", c, "why"))
	}
	time.Sleep(300 * time.Millisecond)
	for play, more := 0, true; more && time.Now().Before(deadline) && !t.Failed(); play++ {
		more = w.playOn(play)
	}
	w.eventually("all rows are closed", func() bool {
		n, err := s.OpenQuestions(t.Context())
		return err == nil && n == 0
	})
	for _, q := range w.asked {
		if err := w.check(q); err != nil {
			t.Errorf("%s (%s, %s): %v", q.how, q.m.ID+q.command, q.channel, err)
		}
	}
	y.mu.Lock()
	defer y.mu.Unlock()
	y.asked += len(w.asked)
	for _, at := range w.mortals {
		at.end()
	}
}

// playOn plays what is wanted most, and tells whether anything was.
func (w *dyingWorld) playOn(play int) bool {
	w.Helper()
	if len(w.tally.wants(Everything)) > 0 {
		w.play(play)
		return true
	}
	for at, perform := range map[queue.Transition]func(int, []death){queue.Move: w.playAway, queue.Renew: w.playHeld} {
		n := 1
		if w.line != nil {
			n = 2
		}
		take, back := w.tally.takes(at, n)
		defer back()
		if len(take) > 0 {
			perform(play, take)
			return true
		}
	}
	return false
}

// run keeps a process running.
func (s *mortal) run() {
	defer close(s.ended)
	for {
		cmd := exec.Command(os.Args[0])
		at := s.world.arms(s)
		cmd.Env = append(os.Environ(), envDiscord+"="+s.world.server.URL, envKillRole+"="+string(s.role), envKillFolder+"="+s.world.folder, envKillURL+"="+s.world.url, envKillAt+"="+deaths(at))
		mine := &safeBuffer{}
		cmd.Stderr = io.MultiWriter(s.log, mine)
		tells, err := cmd.StdinPipe()
		if err != nil {
			s.world.Error(err)
			return
		}
		s.mu.Lock()
		if s.over {
			s.mu.Unlock()
			return
		}
		err = cmd.Start()
		s.cmd, s.tells, s.says, s.began = cmd, tells, mine, time.Now()
		s.mu.Unlock()
		if err != nil {
			s.world.Error(err)
			return
		}
		err = cmd.Wait()
		s.mu.Lock()
		over := s.over
		s.mu.Unlock()
		_, last, was := strings.Cut(mine.String(), died)
		if !was {
			if err != nil || !over {
				s.world.Errorf("a process (%s) ended by itself: %v", s.role, err)
			}
			return
		}
		if state, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || !state.Signaled() || state.Signal() != syscall.SIGKILL {
			s.world.Errorf("a process (%s) that killed itself ended by %v", s.role, err)
		}
		for _, d := range foretold(last) {
			s.world.tally.add(d)
			s.world.killed()
		}
	}
}

// foretold reads the deaths of a line.
func foretold(line string) []death {
	line, _, _ = strings.Cut(line, "\n")
	d := &doom{}
	d.foretell(line)
	return d.at
}

// arms is where a process is to die.
func (w *dyingWorld) arms(s *mortal) []death {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.armed == nil || w.kills >= killsInPlay {
		return []death{}
	}
	return w.armed(s)
}

// arm has all processes die at one of some places.
func (w *dyingWorld) arm(at func(*mortal) []death) {
	w.mu.Lock()
	w.kills, w.armed = 0, at
	w.mu.Unlock()
	w.tellAll()
}

func (w *dyingWorld) tellAll() {
	for _, s := range w.mortals {
		s.tell(w.arms(s))
	}
}

// killed counts a kill, and lets the others live when there were enough.
func (w *dyingWorld) killed() {
	w.mu.Lock()
	w.kills++
	enough := w.kills == killsInPlay
	w.mu.Unlock()
	if enough {
		w.tellAll()
	}
}

func (w *dyingWorld) deaths() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.kills
}

// tell tells a process where it is to die; it may be dead.
func (s *mortal) tell(at []death) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tells != nil {
		_, _ = fmt.Fprintln(s.tells, deaths(at))
	}
}

// end ends a process as SIGTERM does.
func (s *mortal) end() {
	s.mu.Lock()
	s.over = true
	if s.cmd != nil && s.cmd.Process != nil {
		_ = s.cmd.Process.Signal(syscall.SIGTERM) // it may be dead
	}
	s.mu.Unlock()
	<-s.ended
}

// some are up to n of the deaths that are wanted.
func some(wanted []death, n int) []death {
	rand.Shuffle(len(wanted), func(i, j int) { wanted[i], wanted[j] = wanted[j], wanted[i] })
	return append([]death{}, wanted[:min(n, len(wanted))]...)
}

// oneOf is a death for a process, another one for each.
func (w *dyingWorld) oneOf(all []death, s *mortal) []death {
	i := slices.Index(w.mortals, s) % len(all)
	return all[i : i+1]
}

// channel is one of a play, in a server of any shard.
func (w *dyingWorld) channel(play int, name string) string {
	guild, _, in := strings.Cut(w.channels[rand.IntN(len(w.channels))], "/")
	if name = fmt.Sprintf("play-%d-%s", play, name); in {
		return guild + "/" + name
	}
	return name
}

// asks asks a question by a message.
func (w *dyingWorld) asks(how, user, channel, text string) *posed {
	w.Helper()
	q := &posed{how: how, user: user, channel: channel, parts: strings.Count(text, "part") + 1}
	if !strings.HasPrefix(channel, "@") {
		text = "@summitbot " + text
	}
	q.m = w.say(user, channel, text)
	w.asked = append(w.asked, q)
	return q
}

// commands asks one by a command.
func (w *dyingWorld) commands(how, user, channel, text, show string) *posed {
	w.Helper()
	in, err := w.server.Command(user, channel, command.Ask, map[string]any{command.OptQuestion: text, command.OptShow: show})
	if err != nil {
		w.Fatal(err)
	}
	q := &posed{how: how, command: in.ID, user: user, channel: channel, parts: strings.Count(text, "part") + 1, alone: show == command.ShowMe}
	w.asked = append(w.asked, q)
	return q
}

// edits edits a question.
func (w *dyingWorld) edits(q *posed, text string) {
	w.Helper()
	if _, err := w.server.Edit(q.user, q.m.ID, "@summitbot "+text); err != nil {
		w.Fatal(err)
	}
	q.how += ", edited"
	q.edited, q.parts = true, strings.Count(text, "part")+1
}

// deletes deletes one.
func (w *dyingWorld) deletes(q *posed) {
	w.Helper()
	if err := w.server.Delete(q.user, q.m.ID); err != nil {
		w.Fatal(err)
	}
	q.how += ", deleted"
	q.parts = 0
}

// awaits waits until a question is answered.
func (w *dyingWorld) awaits(q *posed) (all []testserver.Message) {
	w.Helper()
	w.eventually(q.how+" is answered", func() bool {
		all = w.answers(q)
		return w.wrong(q, all) == nil
	})
	return all
}

// answers are the messages that answer a question.
func (w *dyingWorld) answers(q *posed) (answers []testserver.Message) {
	w.Helper()
	see := func(channel string, match func(testserver.Message) bool) {
		all, err := w.server.MessagesFor(q.user, channel, 0)
		if err != nil {
			w.Fatal(err)
		}
		for _, m := range all {
			if m.Author.Bot && match(m) {
				answers = append(answers, m)
			}
		}
	}
	// One that comes too late for its interaction is a message of its own.
	late := func(m testserver.Message) bool {
		if m.MessageReference != nil || m.InteractionMetadata != nil {
			return false
		}
		page := slices.ContainsFunc(pagesOf(q.parts), func(page string) bool { return strings.Contains(m.Text(), page) })
		return q.alone || page || strings.Contains(m.Text(), "<@"+w.server.UserID(q.user)+">")
	}
	see(q.channel, func(m testserver.Message) bool {
		switch {
		case q.command == "":
			return m.MessageReference != nil && m.MessageReference.MessageID == q.m.ID
		case m.InteractionMetadata != nil:
			return m.InteractionMetadata.ID == q.command
		}
		return !q.alone && late(m)
	})
	if q.alone {
		see("@summitbot", late)
	}
	return answers
}

// pagesOf is what the messages of an answer that has several say of that.
func pagesOf(parts int) (all []string) {
	for i := range parts {
		if parts > 1 {
			all = append(all, fmt.Sprintf(en.Page, i+1, parts))
		}
	}
	return all
}

// wrong says what is wrong with the answer to a question.
func (w *dyingWorld) wrong(q *posed, all []testserver.Message) error {
	pages := map[string]bool{}
	for _, m := range all {
		text := m.Text()
		if m.Loading() || text == en.Looking || strings.Contains(text, en.Writing) {
			return fmt.Errorf("%d messages, of which one is a draft: %q", len(all), markdown.Clip(text, 60))
		}
		for _, page := range pagesOf(q.parts) {
			if strings.Contains(text, page) {
				pages[page] = true
			}
		}
	}
	if len(all) != q.parts || len(pages) != len(pagesOf(q.parts)) {
		var texts []string
		for _, m := range all {
			texts = append(texts, m.ID+": "+markdown.Clip(markdown.Flat(m.Text()), 60)+" … "+m.Text()[max(0, len(m.Text())-40):])
		}
		return fmt.Errorf("%d messages, not %d:\n%s", len(all), q.parts, strings.Join(texts, "\n"))
	}
	if q.edited && q.parts > 0 && !strings.Contains(all[q.parts-1].Text(), en.Edited) {
		return fmt.Errorf("it is not the answer to the last text, but ends with %q", all[q.parts-1].Text()[max(0, len(all[q.parts-1].Text())-40):])
	}
	return nil
}

// check says what is wrong in the end.
func (w *dyingWorld) check(q *posed) error {
	w.Helper()
	all := w.answers(q)
	if q.command != "" {
		in, err := w.server.Interaction(q.command)
		if err != nil {
			return err
		}
		// Discord has told the member that the bot did not hear it: if it has by
		// now, it answers.
		if in.State == testserver.StateFailed && len(all) == 0 {
			w.tally.mu.Lock()
			defer w.tally.mu.Unlock()
			w.tally.unheard++
			w.Logf("not heard: %s (%s in %s)", q.how, q.command, q.channel)
			return nil
		}
	}
	if q.alone && len(all) > q.parts {
		// What only the asker sees cannot be looked for, and has no nonce: of further
		// messages, which were being posted when the process died, there may be two.
		seen := map[string]bool{}
		once := slices.DeleteFunc(slices.Clone(all), func(m testserver.Message) bool {
			twice := seen[m.Text()]
			seen[m.Text()] = true
			return twice && !strings.Contains(m.Text(), fmt.Sprintf(en.Page, 1, q.parts))
		})
		w.tally.mu.Lock()
		w.tally.doubled += len(all) - len(once)
		w.tally.mu.Unlock()
		all = once
	}
	return w.wrong(q, all)
}

// play has all that may happen to questions happen, while processes die.
func (w *dyingWorld) play(play int) {
	wants := w.tally.wants
	w.Helper()
	n := 0
	who := func() string { n++; return fmt.Sprintf("user-%d-%d", play, n) }
	open, closed := w.channel(play, "open"), w.channel(play, "closed")
	w.say("mod", open, "hello")
	w.say("mod", closed, "hello")
	if err := w.server.Permit("mod", open, []string{"MANAGE_MESSAGES"}, nil); err != nil {
		w.Fatal(err)
	}
	w.permit(closed, "SEND_MESSAGES")
	w.arm(func(s *mortal) []death { return some(wants(s.role), 3) })

	fast, kept, gone := w.asks("at once", who(), open, "why"), w.asks("below which a moderator deletes", who(), open, "why"), w.asks("answered and then deleted", who(), open, "why part")
	w.commands("a command after a question", fast.user, open, "why", command.ShowAll)
	edited, deleted, stopped := w.asks("edited while it is answered", who(), open, "slow"), w.asks("deleted while it is answered", who(), open, "slow"), w.asks("stopped", who(), open, "slow")
	w.asks("in three messages", who(), open, "part part")
	w.commands("a command in three messages", who(), open, "part part", command.ShowAll)
	w.commands("a command alone", who(), open, "part part", command.ShowMe)
	w.asks("a direct message", who(), "@summitbot", "part")
	w.asks("where the bot may not write", who(), closed, "why").parts = 0
	if wanted := wants(Worker); slices.ContainsFunc(wanted, func(d death) bool { return d.At == queue.Release }) {
		w.unposted = append(w.unposted, w.asks("to which Discord takes no answer at first", who(), open, "unposted"))
	}
	w.stops(stopped)
	w.edits(edited, "slow part")
	w.deletes(deleted)

	retold := w.awaits(fast)[0]
	if ids := customIDs(retold, customid.Retell); len(ids) > 0 {
		user := who()
		in, err := w.server.Component(user, retold.ID, ids[0])
		if err != nil {
			w.Fatal(err)
		}
		w.asked = append(w.asked, &posed{how: "a retelling", command: in.ID, user: user, channel: open, parts: 1, alone: true})
	}
	w.edits(fast, "why part part")
	below := w.awaits(kept)[0].ID
	w.eventually("it is recorded where the answer stands", func() bool {
		text, err := w.store.AskedFor(w.Context(), below, "")
		return err == nil && text != ""
	})
	if err := w.server.Delete("mod", below); err != nil {
		w.Fatal(err)
	}
	w.awaits(gone)
	w.deletes(gone)
	w.edits(kept, "why part")
	kept.parts, kept.how = 0, "whose answer a moderator deleted"
	time.Sleep(100 * time.Millisecond)
	w.rests()
}

// rests lets all live until nothing is to be done but what waits for its turn to be
// tried again.
func (w *dyingWorld) rests() {
	w.Helper()
	w.arm(nil)
	w.eventually("what was asked is done with", func() bool {
		w.unposted = slices.DeleteFunc(w.unposted, func(q *posed) bool { return w.wrong(q, w.answers(q)) == nil })
		n, err := w.store.OpenQuestions(w.Context())
		return err == nil && n <= len(w.unposted)
	})
}

// stops stops a question, where there is the button for it in time.
func (w *dyingWorld) stops(q *posed) {
	w.Helper()
	for until := time.Now().Add(killSlow * 2); time.Now().Before(until); time.Sleep(5 * time.Millisecond) {
		for _, m := range w.answers(q) {
			ids := customIDs(m, customid.StopWriting)
			if len(ids) == 0 {
				continue
			}
			if _, err := w.server.Component(q.user, m.ID, ids[0]); err == nil { // or it is finished by now
				q.stopped = true
				return
			}
		}
	}
}

// playHeld has processes die while they renew what they have in hand.
func (w *dyingWorld) playHeld(play int, at []death) {
	w.Helper()
	w.arm(func(s *mortal) []death {
		if s.role == Gateway {
			return []death{}
		}
		return w.oneOf(at, s)
	})
	for i := range 4 {
		w.asks("held", fmt.Sprintf("held-%d-%d", play, i), w.channel(play, "held"), "held")
	}
	for until := time.Now().Add(worker.RenewEvery * 3 / 2); w.deaths() < len(at) && time.Now().Before(until); {
		time.Sleep(5 * time.Millisecond)
	}
	w.arm(nil)
}

// playAway has processes die while they move what they have accepted while the
// store was away.
func (w *dyingWorld) playAway(play int, at []death) {
	w.Helper()
	var gateways []*mortal
	for _, m := range w.mortals {
		if m.role != Worker {
			gateways = append(gateways, m)
		}
	}
	w.eventually("all are there", func() bool { return !slices.ContainsFunc(w.mortals, func(m *mortal) bool { return !m.ready() }) })
	for gateways[0].age()%worker.RenewEvery > worker.RenewEvery/2 { // or it is moved too soon
		time.Sleep(10 * time.Millisecond)
	}
	back := func() (n int) {
		for _, m := range gateways {
			n += strings.Count(m.log.String(), "the store is there again")
		}
		return n
	}
	before := back()
	letGo := func() { w.line.Cut(false) }
	if w.line != nil {
		w.line.Cut(true)
	} else {
		letGo = storetest.Lock(w.T, w.folder)
	}
	places := []string{}
	for i, c := range w.channels { // by which it is known sooner that it is away
		guild, _, in := strings.Cut(c, "/")
		c = fmt.Sprintf("play-%d-away", play)
		if in {
			c = guild + "/" + c
		}
		places = append(places, c)
		w.say("mod", c, "hello")
		w.commands("a command while the store is away", fmt.Sprintf("away-%d-%d", play, i), c, "why", command.ShowAll)
	}
	time.Sleep(1500 * time.Millisecond)
	for i, c := range places {
		w.asks("while the store is away", fmt.Sprintf("away-%d-%d-too", play, i), c, "why part")
	}
	time.Sleep(500 * time.Millisecond)
	w.arm(func(s *mortal) []death {
		if s.role == Worker {
			return []death{}
		}
		return w.oneOf(at, s)
	})
	letGo()
	for until := time.Now().Add(worker.RenewEvery * 3 / 2); w.deaths()+back()-before < len(gateways) && time.Now().Before(until); {
		time.Sleep(5 * time.Millisecond)
	}
	time.Sleep(50 * time.Millisecond) // for one who is just dying of it
	w.arm(nil)
}
