// Google's own fake of Pub/Sub, behind the paths and the JSON of its REST API. What has fields that the API doesn't know is refused.
package main

import (
	"context"
	"encoding/json"
	"io"
	"log"
	"net/http"
	"os"
	"strings"

	"cloud.google.com/go/pubsub/apiv1/pubsubpb"
	"cloud.google.com/go/pubsub/pstest"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

var statuses = map[codes.Code]int{
	codes.InvalidArgument: 400, codes.Unauthenticated: 401, codes.PermissionDenied: 403, codes.NotFound: 404,
	codes.AlreadyExists: 409, codes.FailedPrecondition: 400, codes.Unimplemented: 404, codes.Unavailable: 503,
}

var names = map[codes.Code]string{
	codes.InvalidArgument: "INVALID_ARGUMENT", codes.Unauthenticated: "UNAUTHENTICATED", codes.NotFound: "NOT_FOUND",
	codes.AlreadyExists: "ALREADY_EXISTS", codes.FailedPrecondition: "FAILED_PRECONDITION",
}

type front struct {
	fake  *pstest.Server
	token string
}

func (f front) ServeHTTP(response http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return
	}
	var answer proto.Message
	if request.Header.Get("Authorization") != "Bearer "+f.token {
		err = status.Error(codes.Unauthenticated, "Request had invalid authentication credentials.")
	} else {
		resource, verb, _ := strings.Cut(strings.TrimPrefix(request.URL.Path, "/v1/"), ":")
		answer, err = f.answer(request.Context(), request.Method+" "+kindOf(resource)+" "+verb, resource, body)
	}
	response.Header().Set("Content-Type", "application/json")
	if err != nil {
		code := status.Code(err)
		http, isKnown := statuses[code]
		if !isKnown {
			http = 500
		}
		response.WriteHeader(http)
		told := map[string]any{"code": http, "message": status.Convert(err).Message(), "status": names[code]}
		_ = json.NewEncoder(response).Encode(map[string]any{"error": told})
		return
	}
	written, _ := protojson.Marshal(answer)
	_, _ = response.Write(written)
}

func kindOf(resource string) string {
	parts := strings.Split(resource, "/")
	if len(parts) != 4 || parts[0] != "projects" {
		return "nothing"
	}
	return parts[2]
}

func (f front) answer(ctx context.Context, what string, resource string, body []byte) (proto.Message, error) {
	server := &f.fake.GServer
	switch what {
	case "PUT topics ":
		topic := &pubsubpb.Topic{}
		if err := read(body, topic); err != nil {
			return nil, err
		}
		topic.Name = resource
		return server.CreateTopic(ctx, topic)
	case "POST topics publish":
		publish := &pubsubpb.PublishRequest{}
		if err := read(body, publish); err != nil {
			return nil, err
		}
		publish.Topic = resource
		return server.Publish(ctx, publish)
	case "PUT subscriptions ":
		subscription := &pubsubpb.Subscription{}
		if err := read(body, subscription); err != nil {
			return nil, err
		}
		subscription.Name = resource
		return server.CreateSubscription(ctx, subscription)
	case "GET subscriptions ":
		return server.GetSubscription(ctx, &pubsubpb.GetSubscriptionRequest{Subscription: resource})
	case "POST subscriptions pull":
		pull := &pubsubpb.PullRequest{}
		if err := read(body, pull); err != nil {
			return nil, err
		}
		pull.Subscription = resource
		return server.Pull(ctx, pull)
	case "POST subscriptions acknowledge":
		acknowledge := &pubsubpb.AcknowledgeRequest{}
		if err := read(body, acknowledge); err != nil {
			return nil, err
		}
		acknowledge.Subscription = resource
		return server.Acknowledge(ctx, acknowledge)
	case "POST subscriptions modifyAckDeadline":
		modify := &pubsubpb.ModifyAckDeadlineRequest{}
		if err := read(body, modify); err != nil {
			return nil, err
		}
		modify.Subscription = resource
		return server.ModifyAckDeadline(ctx, modify)
	}
	return nil, status.Error(codes.Unimplemented, "no such method: "+what)
}

func read(body []byte, message proto.Message) error {
	if err := protojson.Unmarshal(body, message); err != nil {
		return status.Error(codes.InvalidArgument, "Invalid JSON payload received. "+err.Error())
	}
	return nil
}

func main() {
	port, token := os.Args[1], os.Args[2]
	log.Fatal(http.ListenAndServe("127.0.0.1:"+port, front{pstest.NewServer(), token}))
}
