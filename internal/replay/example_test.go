package replay_test

import (
	"context"
	"fmt"
	"net/http"

	"github.com/go-json-experiment/json"

	"liftoff/internal/replay"
)

// A client reads the latest of 205 synthetic launches over the network.
func ExampleListen() {
	ctx := context.Background()
	server, err := replay.New(replay.Options{Seed: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	listener, err := replay.Listen(ctx, "127.0.0.1:0", server)
	if err != nil {
		fmt.Println(err)
		return
	}
	var client http.Client
	response, err := client.Get(listener.URL() + "/v4/launches/latest")
	if err != nil {
		fmt.Println(err)
		return
	}
	var launch struct {
		FlightNumber int  `json:"flight_number"`
		Upcoming     bool `json:"upcoming"`
	}
	fmt.Println(json.UnmarshalRead(response.Body, &launch), response.Body.Close())
	client.CloseIdleConnections()
	fmt.Println(launch.FlightNumber, launch.Upcoming)
	fmt.Println(listener.Close(ctx))
	fmt.Println(server.Description())
	// Output:
	// <nil> <nil>
	// 187 false
	// <nil>
	// 205 synthetic launches, seed 1
}
