using System.CommandLine;
using Chorale.Recorder.Verbs;
using Chorale.Verbs;

var root = new RootCommand("Chorale: recorders that never lose a second, and a hub that keeps and plays what they send");
root.Subcommands.Add(UpVerb.Create());
root.Subcommands.Add(RecordVerb.Create());
return await root.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
