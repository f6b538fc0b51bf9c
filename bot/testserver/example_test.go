package testserver_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"summitbot/bot/testserver"
)

// A program serves it as any other handler, and acts as people through it.
func Example() {
	discord := testserver.New(testserver.Options{Bots: []testserver.Bot{{Name: "echo", Token: "secret"}}})
	defer discord.Close()
	listening := httptest.NewServer(discord)
	defer listening.Close()

	question, err := discord.Post("ana", "general", "@echo hello")
	if err != nil {
		fmt.Println(err)
		return
	}
	// What a bot does, here without a library and without the gateway.
	body := strings.NewReader(`{"content":"hello, ana","message_reference":{"message_id":"` + question.ID + `"}}`)
	request, err := http.NewRequest("POST", listening.URL+"/api/v10/channels/"+question.ChannelID+"/messages", body)
	if err != nil {
		fmt.Println(err)
		return
	}
	request.Header.Set("Authorization", "Bot secret")
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer response.Body.Close()

	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	answer, err := discord.AwaitMessage(ctx, func(m testserver.Message) bool { return m.Author.Bot })
	fmt.Println(answer.Author.Username, "says:", answer.Content, err)
	// Output: echo says: hello, ana <nil>
}

// Faults come the next n times, or at a rate that a seed makes repeatable.
func ExampleServer_SetFaults() {
	discord := testserver.New(testserver.Options{})
	defer discord.Close()
	listening := httptest.NewServer(discord)
	defer listening.Close()

	discord.SetFaults(testserver.Faults{BadGateway502: 1, Rate: map[string]float64{"internal_500": 1}, Seed: 7})
	for range 2 {
		response, err := http.Get(listening.URL + "/api/v10/gateway")
		if err != nil {
			fmt.Println(err)
			return
		}
		response.Body.Close()
		fmt.Println(response.StatusCode)
	}
	discord.SetFaults(testserver.Faults{})
	fmt.Println(discord.PendingFaults().None())
	// Output:
	// 500
	// 500
	// true
}

// What a bot may do is changed as on Discord, by overwrites and roles.
func ExampleServer_Permit() {
	discord := testserver.New(testserver.Options{Bots: []testserver.Bot{{Name: "echo", Token: "secret"}}})
	defer discord.Close()
	fmt.Println(discord.Permit("echo", "general", nil, []string{"SEND_MESSAGES"}))
	fmt.Println(discord.Permit("echo", "general", nil, []string{"SHOUT"}) != nil)
	// Output:
	// <nil>
	// true
}
