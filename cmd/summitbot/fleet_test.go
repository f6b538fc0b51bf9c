package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"summitbot/bot/store"
	"summitbot/bot/store/postgrestest"
	"summitbot/bot/testserver"
)

// The fleet of the chaos test, and for how long it is disturbed.
const (
	fleetGateways = 3
	fleetWorkers  = 4
	fleetShards   = 4
	fleetBlows    = 16
)

// A member of the fleet is one process, which is run again when it has ended.
type fleetMember struct {
	*process
	program, role string
	vars          []string
	db            *postgrestest.Line
}

func (m *fleetMember) run(t *testing.T) {
	m.process = launchAs(t, m.program, m.vars, "serve", "-role", m.role)
}

// 500 questions to a bot of three gateways, four shards and four workers on
// PostgreSQL, while processes are killed, replaced, cut from the database and
// made to stand still for longer than their leases: each that was accepted is
// answered, and once, and no shard has two sessions at a time.
func TestFleet(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t)
	c := newChaos(t, testserver.Options{Shards: fleetShards, MaxConcurrency: fleetShards}, store.Options{URL: db.URL()})
	c.model.delay.Store(int64(50 * time.Millisecond))
	var fleet []*fleetMember
	for i := range fleetGateways + fleetWorkers {
		m := &fleetMember{program: c.program, role: "gateway", db: postgrestest.NewLine(t, db.Address)}
		if i >= fleetGateways {
			m.role = "worker"
		}
		m.vars = append(c.vars, "DATABASE_URL="+db.URL(m.db.Address))
		m.run(t)
		fleet = append(fleet, m)
	}
	for _, m := range fleet {
		m.await(m.stdout, "ready:", 1)
	}
	// Servers of all shards.
	var channels []string
	for i := range 2 * fleetShards {
		channels = append(channels, fmt.Sprintf("server-%d/general", i))
	}
	c.introduce(fleet[0].process, channels...)

	asked := c.ask(100*time.Millisecond, channels...)
	dice := rand.New(rand.NewPCG(4, 5))
	kills := 0
	for blow := range fleetBlows {
		m := fleet[(blow*3+dice.IntN(2))%len(fleet)]
		m.await(m.stdout, "ready:", 1) // one that is cut off while it starts ends, and is for its supervisor
		switch blow % 4 {
		case 0:
			m.signal(os.Kill)
			<-m.ended
			m.run(t)
			kills++
		case 1: // as a redeploy does
			m.signal(syscall.SIGTERM)
			m.exits(exitOK)
			m.run(t)
		case 2:
			m.db.Cut(true)
			time.Sleep(time.Duration(dice.IntN(2500)) * time.Millisecond)
			m.db.Cut(false)
		case 3:
			m.signal(syscall.SIGSTOP)
			pause := time.Second
			if blow%8 == 7 { // for longer than any lease
				pause = 25 * time.Second
			}
			time.Sleep(pause)
			m.signal(syscall.SIGCONT)
			kills++ // what it had claimed was answered by another
		}
		time.Sleep(time.Duration(200+dice.IntN(800)) * time.Millisecond)
	}
	all := <-asked
	c.discord.SetFaults(testserver.Faults{})
	c.settle()
	c.count(all, chaosQuestions, kills)

	doubled, resumed := 0, 0
	connections := c.discord.Connections("summitbot")
	for _, k := range connections {
		if k.Resumed {
			resumed++
		}
		if k.Doubled && !k.Resumed { // a session that goes on elsewhere ends where it was
			doubled++
			t.Errorf("shard %d was held twice at %v", k.Shard, k.Since)
		}
	}
	t.Logf("%d blows, %d of them as kills; %d gateway connections, %d of them resumed, %d of a shard that another held", fleetBlows, kills, len(connections), resumed, doubled)
	for _, m := range fleet {
		if _, errs := m.printed(); strings.Contains(errs, postgrestest.Password) {
			t.Error("the database's password is printed")
		}
	}
}
