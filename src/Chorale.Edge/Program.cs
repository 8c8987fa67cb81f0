using System.CommandLine;
using Chorale.Recorder.Verbs;

var root = new RootCommand("Chorale's recorder: records one microphone and never loses a second");
RecorderVerbs.AddTo(root, TimeProvider.System);
return await root.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
