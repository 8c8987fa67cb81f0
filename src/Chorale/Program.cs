using System.CommandLine;
using Chorale.Recorder.Verbs;
using Chorale.Verbs;

return await ChoraleCommand.Create().Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });

/// <summary>The command <c>chorale</c>: every verb of the product.</summary>
internal static class ChoraleCommand
{
    public static RootCommand Create()
    {
        var root = new RootCommand("Chorale: recorders that never lose a second, and a hub that keeps and plays what they send");
        root.Subcommands.Add(UpVerb.Create());
        RecorderVerbs.AddTo(root, TimeProvider.System);
        root.Subcommands.Add(HubVerb.Create());
        root.Subcommands.Add(RoomVerb.Create());
        root.Subcommands.Add(FleetVerbs.Create());
        root.Subcommands.Add(SceneVerbs.Create());
        root.Subcommands.Add(ArchiveVerbs.Create());
        root.Subcommands.Add(TokenVerb.Create());
        root.Subcommands.Add(UserVerb.Create());
        root.Subcommands.Add(SimulateVerb.Create());
        return root;
    }
}
