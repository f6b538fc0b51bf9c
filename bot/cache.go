package bot

import (
	"container/list"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"sync"
	"time"

	"summitbot/prompts"
	"summitbot/retrieval"
)

// A cache keeps the answers that were given last. It is safe for concurrent
// use.
type cache struct {
	room int
	now  func() time.Time

	mu     sync.Mutex
	latest *list.List // of *keptAnswer, the one used last first
	by     map[string]*list.Element
}

type keptAnswer struct {
	key   string
	until time.Time
	Answer
}

func newCache(room int, now func() time.Time) *cache {
	return &cache{room: room, now: now, latest: list.New(), by: map[string]*list.Element{}}
}

// get returns the answer that is kept under the key. It cost nothing.
func (c *cache) get(key string) (Answer, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.by[key]
	if !ok {
		return Answer{}, false
	}
	kept := e.Value.(*keptAnswer)
	if c.now().After(kept.until) {
		c.latest.Remove(e)
		delete(c.by, key)
		return Answer{}, false
	}
	c.latest.MoveToFront(e)
	ans := kept.Answer
	ans.Usage = Usage{}
	return ans, true
}

// put keeps an answer, in place of the one that was used least lately if
// there is no room.
func (c *cache) put(key string, ans Answer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.by[key]; ok {
		c.latest.Remove(e)
	}
	c.by[key] = c.latest.PushFront(&keptAnswer{key, c.now().Add(keptFor), ans})
	if c.latest.Len() > c.room {
		oldest := c.latest.Back()
		delete(c.by, oldest.Value.(*keptAnswer).key)
		c.latest.Remove(oldest)
	}
}

// key is what an answer depends on: the articles, the words of the prompts, the
// model, who judges it, and what was asked, with what it may refer to.
func (w *writer) key(articles []*retrieval.Article, q Question) string {
	sum := sha256.New()
	for _, a := range articles {
		fmt.Fprintf(sum, "%q %q\n", a.Slug, a.Hash)
	}
	fmt.Fprintf(sum, "%q %q %q %q %q %d %q\n", prompts.Version, w.name, w.court.trustedName(), q.Style, q.Kind, q.Count, q.For)
	for _, text := range append(q.History[:len(q.History):len(q.History)], q.Text) {
		fmt.Fprintf(sum, "%q\n", strings.Trim(strings.ToLower(strings.Join(strings.Fields(text), " ")), " ?!."))
	}
	return hex.EncodeToString(sum.Sum(nil))
}
