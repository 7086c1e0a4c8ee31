// A worker of the tests: workflows that end in every way, on the task queue that it is told.
package main

import (
	"context"
	"errors"
	"log"
	"os"
	"os/signal"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

type Order struct {
	Id     string `json:"id"`
	Amount int    `json:"amount"`
}

type Receipt struct {
	Order Order  `json:"order"`
	Note  string `json:"note"`
	Paid  bool   `json:"paid"`
}

// Pay takes arguments of several kinds: another kind fails its task.
func Pay(ctx workflow.Context, order Order, note string, paid bool) (Receipt, error) {
	return Receipt{Order: order, Note: note, Paid: paid}, nil
}

// Give answers what it is given.
func Give(ctx workflow.Context, value any) (any, error) {
	return value, nil
}

func Nothing(ctx workflow.Context) error {
	return nil
}

// Approve waits for the signal "approve", and answers who sent it. "raise" counts, also as an update.
func Approve(ctx workflow.Context, limit int) (string, error) {
	raised := 0
	if err := workflow.SetQueryHandler(ctx, "raised", func(by int) (map[string]int, error) {
		return map[string]int{"raised": raised + by}, nil
	}); err != nil {
		return "", err
	}
	if err := workflow.SetUpdateHandlerWithOptions(ctx, "raise", func(ctx workflow.Context, by int) (int, error) {
		if by == 0 {
			return 0, temporal.NewApplicationError("nothing to raise by", "NothingToRaise")
		}
		raised += by
		return raised, nil
	}, workflow.UpdateHandlerOptions{Validator: func(by int) error {
		if by > limit {
			return errors.New("over the limit")
		}
		return nil
	}}); err != nil {
		return "", err
	}
	workflow.Go(ctx, func(ctx workflow.Context) {
		for {
			var by int
			workflow.GetSignalChannel(ctx, "raise").Receive(ctx, &by)
			raised += by
		}
	})
	var who string
	workflow.GetSignalChannel(ctx, "approve").Receive(ctx, &who)
	return who, ctx.Err()
}

// Linger goes on until it is cancelled.
func Linger(ctx workflow.Context) error {
	return workflow.Await(ctx, func() bool { return false })
}

// Renew continues as new so many times before it ends.
func Renew(ctx workflow.Context, times int) (string, error) {
	if times > 0 {
		return "", workflow.NewContinueAsNewError(ctx, Renew, times-1)
	}
	return "renewed", nil
}

func Decline(ctx workflow.Context) error {
	options := workflow.ActivityOptions{
		StartToCloseTimeout: 60_000_000_000,
		RetryPolicy:         &temporal.RetryPolicy{MaximumAttempts: 1},
	}
	return workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, options), Charge).Get(ctx, nil)
}

func Charge(ctx context.Context) error {
	return temporal.NewApplicationError("card declined", "CardDeclined")
}

// Encoded answers a payload of the encoding that it is told.
func Encoded(ctx workflow.Context, encoding string, data string) (converter.RawValue, error) {
	metadata := map[string][]byte{"encoding": []byte(encoding)}
	return converter.NewRawValue(&commonpb.Payload{Metadata: metadata, Data: []byte(data)}), nil
}

func main() {
	address, namespace, queue := os.Args[1], os.Args[2], os.Args[3]
	connection, err := client.Dial(client.Options{HostPort: address, Namespace: namespace})
	if err != nil {
		log.Fatal(err)
	}
	work := worker.New(connection, queue, worker.Options{})
	for _, each := range []any{Pay, Give, Nothing, Approve, Linger, Renew, Decline, Encoded} {
		work.RegisterWorkflow(each)
	}
	work.RegisterActivity(Charge)
	if err := work.Start(); err != nil {
		log.Fatal(err)
	}
	if err := os.WriteFile("ready", nil, 0o600); err != nil {
		log.Fatal(err)
	}
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt)
	<-interrupted
}
