using System.Text.Json;
using Chorale.Hub.Access;
using Chorale.Hub.Audit;
using Chorale.Hub.Show;
using Chorale.Protocol;
using Chorale.Protocol.Chunks;
using Chorale.Show.Room;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Chorale.Hub.Api;

/// <summary>
/// The rooms: how they stand, what they are told, what their runs were. A command answers 202 at once; its verdict comes as an event that
/// carries the client's id. Who may do what is decided by the gate (<see cref="OperatorGate"/>).
/// </summary>
internal static class RoomsApi
{
    public static void Map(IEndpointRouteBuilder routes, HubParts hub)
    {
        var rooms = routes.MapGroup("/api/v2/rooms").WithTags("rooms");
        rooms.MapGet("", async (CancellationToken cancel) => TypedResults.Ok(new RoomsView(
            WallTime.ToMicroseconds(hub.Time.GetUtcNow()), await Task.WhenAll(hub.Show.Rooms.Select(r => r.ViewAsync(cancel)))))).WithSummary("Every room as it stands");
        rooms.MapGet("/{room}", (string room, CancellationToken cancel) => ViewAsync(hub.Show, room, cancel)).WithSummary("One room as it stands");
        rooms.MapGet("/{room}/log", (string room) => Log(hub.Show, room)).WithSummary("The last thousand lines of a room's log, oldest first");
        rooms.MapPost("/{room}/run", (string room, RunCommand command, HttpContext http) => RunAsync(hub, room, command, http))
            .OpenOnLoopback().Audited("room_run").WithSummary("Run a scene of the room, or its default scene").ProducesProblem(400).ProducesProblem(409);
        rooms.MapPost("/{room}/stop", (string room, StopCommand command, HttpContext http) => Stop(hub, room, command, http))
            .OpenOnLoopback().Needs(Ability.Stop).Audited("room_stop").WithSummary("STOP: said to the room whether or not a scene runs");
        rooms.MapPost("/{room}/send", (string room, SendCommand command, HttpContext http) => SendAsync(hub, room, command, http))
            .OpenOnLoopback().Audited("room_send").WithSummary("One command to one device; its verdict comes as a room_command event").ProducesProblem(400).ProducesProblem(409);
        rooms.MapPost("/{room}/button", (string room, ButtonCommand command, HttpContext http) => PressAsync(hub, room, command, http))
            .OpenOnLoopback().Audited("room_button").WithSummary("Press a button of the room").ProducesProblem(400).ProducesProblem(409);
        rooms.MapPost("/{room}/event", (string room, EventCommand command, HttpContext http) => HappenAsync(hub, room, command, http))
            .OpenOnLoopback().Audited("room_event").WithSummary("As if a device of the room had said this: what a scene waits for").ProducesProblem(400).ProducesProblem(409);
        rooms.MapDelete("/{room}/presses/{id}", (string room, string id, HttpContext http) => WithdrawAsync(hub, room, id, http))
            .OpenOnLoopback().Audited("room_withdraw").WithSummary("Take back what was asked under this id (run, send, button, event)")
            .WithDescription("200: it had come before, and how it was answered. 204: it had not come, and is refused should it come now.").ProducesProblem(400);
        rooms.MapGet("/{room}/runs", (string room, int? limit) => Runs(hub.Show, room, limit)).WithSummary("Past runs, newest first");
        rooms.MapGet("/{room}/runs/{run}", (string room, string run) => Trace(hub.Show, room, run)).WithSummary("The trace of a run: every cue, verdict and transition");
    }

    private static async Task<Results<Ok<RoomView>, ProblemHttpResult>> ViewAsync(ShowDesk show, string room, CancellationToken cancel) =>
        show.Find(room) is { } host ? TypedResults.Ok(await host.ViewAsync(cancel)) : NoRoom(room);

    private static Results<Ok<RoomLogView>, ProblemHttpResult> Log(ShowDesk show, string room) =>
        show.Find(room) is null ? NoRoom(room) : TypedResults.Ok(new RoomLogView(show.Lines.Of(room)));

    private static async Task<Results<Accepted<RoomAnswer>, ProblemHttpResult>> RunAsync(HubParts hub, string room, RunCommand command, HttpContext http)
    {
        if (hub.Show.Find(room) is not { } host) return NoRoom(room);
        if (BadId(command.Id) is { } bad) return bad;
        AuditNote.Of(http).Say(target: room, detail: $"scene {command.Scene ?? "by default"}");
        return await hub.Presses.OnceAsync(room, command.Id!, $"run {command.Scene}", http, async () =>
        {
            var outcome = await host.RunAsync(command.Scene, Who(http), hub.Fleet.Stopping);
            if (outcome.IsAccepted) return Done(command.Id!, outcome.RunId, outcome.Reason);
            var problems = outcome.Problems.Select(SceneProblemView.Of).ToList();
            return TypedResults.Problem(
                outcome.Reason, statusCode: outcome.IsUnknown ? 404 : problems.Count > 0 ? 400 : 409, title: "The scene does not run",
                extensions: problems.Count > 0 ? new Dictionary<string, object?> { ["problems"] = problems } : null);
        });
    }

    private static Results<Accepted<RoomAnswer>, ProblemHttpResult> Stop(HubParts hub, string room, StopCommand command, HttpContext http)
    {
        if (hub.Show.Find(room) is not { } host) return NoRoom(room);
        host.Stop(Who(http));
        return Done(command.Id ?? "");
    }

    private static async Task<Results<Accepted<RoomAnswer>, ProblemHttpResult>> SendAsync(HubParts hub, string room, SendCommand command, HttpContext http)
    {
        if (hub.Show.Find(room) is not { } host) return NoRoom(room);
        if (BadId(command.Id) is { } bad) return bad;
        AuditNote.Of(http).Say(target: room, detail: $"{command.Topic}: {command.Payload}");
        if (command.Topic is not { Length: > 0 } topic) return V2Query.Bad("topic", command.Topic, $"a topic of the room is required, {room}/...");
        if (host.SendProblem(topic, command.Payload ?? "") is null && !host.Knows(topic) && OperatorGate.Demand(http, Ability.SendRaw) is { } refused) return refused;
        return await hub.Presses.OnceAsync(room, command.Id!, $"send {topic} {command.Payload}", http, () => Now(
            host.Send(command.Id!, topic, command.Payload ?? "", Who(http)) is { } problem ? V2Query.Bad("topic", topic, problem) : Done(command.Id!)));
    }

    private static async Task<Results<Accepted<RoomAnswer>, ProblemHttpResult>> PressAsync(HubParts hub, string room, ButtonCommand command, HttpContext http)
    {
        if (hub.Show.Find(room) is not { } host) return NoRoom(room);
        if (BadId(command.Id) is { } bad) return bad;
        AuditNote.Of(http).Say(target: room, detail: command.Name);
        var known = string.Join(", ", host.Settings.Buttons.Select(b => b.Name));
        return await hub.Presses.OnceAsync(room, command.Id!, $"button {command.Name}", http, () => Now(
            command.Name is { } name && host.Press(name, $"button {name}, {Who(http)}") ? Done(command.Id!)
            : V2Query.Bad("name", command.Name, known.Length > 0 ? $"the room's buttons are {known}" : "the room has no buttons; room.yaml names them")));
    }

    private static async Task<Results<Accepted<RoomAnswer>, ProblemHttpResult>> HappenAsync(HubParts hub, string room, EventCommand command, HttpContext http)
    {
        if (hub.Show.Find(room) is not { } host) return NoRoom(room);
        if (BadId(command.Id) is { } bad) return bad;
        AuditNote.Of(http).Say(target: room, detail: $"{command.Topic}: {command.Message}");
        return await hub.Presses.OnceAsync(room, command.Id!, $"event {command.Topic} {command.Message}", http, () => Now(
            host.Happen(command.Topic ?? "", command.Message ?? "", Who(http)) is { } problem ? V2Query.Bad("topic", command.Topic, problem) : Done(command.Id!)));
    }

    private static async Task<Results<Ok<RoomAnswer>, NoContent, ProblemHttpResult>> WithdrawAsync(HubParts hub, string room, string id, HttpContext http)
    {
        if (hub.Show.Find(room) is null) return NoRoom(room);
        if (BadId(id) is { } bad) return bad;
        var known = await hub.Presses.WithdrawAsync(room, id);
        AuditNote.Of(http).Say(detail: FleetApi.Withdrawal(known is null));
        return known is null ? TypedResults.NoContent() : TypedResults.Ok(known);
    }

    private static Accepted<RoomAnswer> Done(string id, string? runId = null, string? reason = null) => TypedResults.Accepted((string?)null, new RoomAnswer(id, true, runId, reason));

    private static Task<Results<Accepted<RoomAnswer>, ProblemHttpResult>> Now(Results<Accepted<RoomAnswer>, ProblemHttpResult> answer) => Task.FromResult(answer);

    private static Results<Ok<RunsView>, ProblemHttpResult> Runs(ShowDesk show, string room, int? limit)
    {
        if (limit is < 1 or > 1_000) return V2Query.Bad("limit", limit.ToString(), "1 to 1000 is allowed");
        return show.Find(room) is null ? NoRoom(room) : TypedResults.Ok(new RunsView([.. show.Stage!.Traces.List(room, limit ?? 50).Select(PastRunView.Of)]));
    }

    private static Results<Ok<TraceView>, ProblemHttpResult> Trace(ShowDesk show, string room, string run) =>
        show.Find(room) is null ? NoRoom(room)
        : show.Stage!.Traces.Find(run) is { } found && found.Run.Room == room ? TypedResults.Ok(TraceView.Of(found.Run, found.Entries))
        : V2Query.NotFound($"There is no run '{run}' of room '{room}'");

    internal static ProblemHttpResult NoRoom(string room) => V2Query.NotFound($"There is no room '{room}'");

    private static ProblemHttpResult? BadId(string? id) => RecorderId.IsValid(id) ? null : V2Query.Bad("id", id, "1 to 64 of A-Z a-z 0-9 _ - are allowed");

    /// <summary>For log and trace.</summary>
    internal static string Who(HttpContext http) => Caller.Of(http).Words(http.Request);
}
