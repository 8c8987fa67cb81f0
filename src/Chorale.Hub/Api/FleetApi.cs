using Chorale.Fleet;
using Chorale.Fleet.Sessions;
using Chorale.Hub.Access;
using Chorale.Hub.Audit;
using Chorale.Hub.Fleet;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Chorale.Hub.Api;

/// <summary>The fleet: who is there, what they are told, what became of it. Who may do what is decided by the gate (<see cref="OperatorGate"/>).</summary>
internal static class FleetApi
{
    public static void Map(IEndpointRouteBuilder routes, FleetDesk desk)
    {
        var v2 = routes.MapGroup("/api/v2").WithTags("fleet");
        v2.MapGet("/modules", () => TypedResults.Ok(desk.Modules())).WithSummary("Every module that is known, and whether it lives");
        v2.MapGet("/modules/{id}", (string id) => Module(desk, id)).WithSummary("One module");
        v2.MapDelete("/modules/{id}", (string id) => Forget(desk, id)).WithSummary("Forget a module until it is heard again")
            .OpenOnLoopback().Needs(Ability.Forget).Audited("module_forget");
        v2.MapPost("/commands", (FleetCommand command, HttpContext http) => Post(desk, command, http)).OpenOnLoopback().Needs(Ability.Read).Audited("fleet_command")
            .WithSummary("Command one module, several or all; 202 at once, the verdicts by GET and by event. The same id twice is one command")
            .ProducesProblem(400).ProducesProblem(403).ProducesProblem(409);
        v2.MapGet("/commands", (int? limit, string? module) => Commands(desk, limit, module))
            .WithSummary("Commands, newest first, and who asked for them; with ?module= those that concern it. Of many modules those are listed that did not confirm").ProducesProblem(400);
        v2.MapGet("/commands/{id}", (string id) => Command(desk, id)).WithSummary("A command and, once it has ended, a verdict for each module");
        v2.MapDelete("/commands/{id}", (string id, HttpContext http) => Withdraw(desk, id, http)).OpenOnLoopback().Audited("fleet_withdraw").WithSummary("Take back what was asked under this id")
            .WithDescription("200: it had come before, and how it stands; it is not undone. 204: it had not come, and is refused should it come now.").ProducesProblem(400);
        v2.MapGet("/sessions", (int? limit, string? module) => Sessions(desk, limit, module)).WithSummary("Recordings on several modules, newest first; with ?module= those it takes part in");
        v2.MapGet("/sessions/{id}/manifest", (string id) => Manifest(desk, id))
            .WithSummary("Modules, files, first frames with their uncertainty, rates and gaps of a session").Produces<SessionManifest>(200);
    }

    private static Results<Ok<ModuleView>, ProblemHttpResult> Module(FleetDesk desk, string id) =>
        desk.Fleet.Find(new ModuleId(id)) is { } module ? TypedResults.Ok(ModuleView.Of(module)) : V2Query.NotFound($"There is no module '{id}'");

    private static Results<NoContent, ProblemHttpResult> Forget(FleetDesk desk, string id) =>
        desk.Forget(new ModuleId(id)) ? TypedResults.NoContent() : V2Query.NotFound($"There is no module '{id}'");

    private static Results<Accepted<CommandView>, ProblemHttpResult> Post(FleetDesk desk, FleetCommand command, HttpContext http)
    {
        AuditNote.Of(http).Say("fleet_" + command.Command, command.Modules is null ? "all" : string.Join(' ', command.Modules), command.Told());
        AuditNote.Of(http).IsLook = command.IsLook;
        // Who may look may see levels: to watch is no more than that.
        var needs = command.IsSetUp ? Ability.Configure : command.IsLook ? Ability.Read : Ability.Operate;
        if (OperatorGate.Demand(http, needs) is { } refused) return refused;
        if (command.Problem() is var (field, value, allowed)) return V2Query.Bad(field, value, allowed);
        if (!desk.Post(command, Caller.Of(http).Name, Caller.Of(http).Words(http.Request), out var view))
        {
            var why = view.Command == FleetStore.Withdrawn ? "was withdrawn before it came: nothing was done" : "stands for another command; make a new one";
            return TypedResults.Problem($"id '{command.Id}' {why}", statusCode: 409, title: "A value cannot be used");
        }

        return TypedResults.Accepted($"{http.Request.PathBase}/api/v2/commands/{command.Id}", view);
    }

    private static Results<Ok<CommandsView>, ProblemHttpResult> Commands(FleetDesk desk, int? limit, string? module)
    {
        if (limit is < 1 or > 200) return V2Query.Bad("limit", limit.ToString(), "1 to 200 is allowed");
        if (module is not null && !ModuleId.IsValid(module)) return V2Query.Bad("module", module, "1 to 64 of A-Z a-z 0-9 _ - are allowed");
        return TypedResults.Ok(new CommandsView(desk.Commands(limit ?? 50, module)));
    }

    private static Results<Ok<CommandView>, ProblemHttpResult> Command(FleetDesk desk, string id) =>
        desk.FindCommand(id) is { } view ? TypedResults.Ok(view) : V2Query.NotFound($"There is no command '{id}'");

    private static Results<Ok<CommandView>, NoContent, ProblemHttpResult> Withdraw(FleetDesk desk, string id, HttpContext http)
    {
        if (!ModuleId.IsValid(id)) return V2Query.Bad("id", id, "1 to 64 of A-Z a-z 0-9 _ - are allowed");
        var known = desk.Withdraw(id, Caller.Of(http).Name);
        AuditNote.Of(http).Say(detail: Withdrawal(known is null));
        return known is null ? TypedResults.NoContent() : TypedResults.Ok(known);
    }

    /// <summary>For the record.</summary>
    internal static string Withdrawal(bool isInTime) => isInTime ? "it had not come, and will be refused" : "it had come before, and stands";

    private static Results<Ok<SessionsView>, ProblemHttpResult> Sessions(FleetDesk desk, int? limit, string? module)
    {
        if (limit is < 1 or > 1_000) return V2Query.Bad("limit", limit.ToString(), "1 to 1000 is allowed");
        return TypedResults.Ok(new SessionsView([.. desk.Sessions(module is null ? limit ?? 100 : 1_000).Where(s => module is null || s.Modules.Any(m => m.Module.Value == module)).Take(limit ?? 100).Select(SessionView.Of)]));
    }

    private static Results<ContentHttpResult, ProblemHttpResult> Manifest(FleetDesk desk, string id) =>
        desk.FindSession(id) is { } session ? TypedResults.Content(session.ToJson(), "application/json") : V2Query.NotFound($"There is no session '{id}'");
}
