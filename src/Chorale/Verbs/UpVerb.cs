using System.CommandLine;
using System.Net;
using Chorale.Audio.Capture;
using Chorale.Hub;
using Chorale.Hub.Settings;
using Chorale.Recorder;
using Chorale.Recorder.Logs;
using Chorale.Recorder.Settings;
using Chorale.Recorder.Verbs;
using Microsoft.Extensions.Logging;

namespace Chorale.Verbs;

/// <summary><c>chorale up</c>: the hub and its recorders in one go, on one machine.</summary>
internal static class UpVerb
{
    /// <summary>The bundle starts nothing it could not: exit code of a hub that cannot listen.</summary>
    private const int CannotStart = 1;

    public static Command Create()
    {
        var command = new Command("up", "Start everything on this machine: hub, page and a recorder on the default microphone");
        var input = RecorderFlags.AddTo(command);
        var data = new Option<string>("--data") { Description = "folder for everything that is kept", HelpName = "FOLDER", DefaultValueFactory = _ => "chorale-data" };
        var listen = new Option<string>("--listen") { Description = "address of page and API", HelpName = "ADDRESS:PORT", DefaultValueFactory = _ => "127.0.0.1:8080" };
        var recorders = new Option<int>("--recorders")
        {
            Description = "how many recorders: the first on the microphone, the others on labelled test signals", HelpName = "N", DefaultValueFactory = _ => 1,
        };
        recorders.Validators.Add(r =>
        {
            if (r.GetValueOrDefault<int>() is var n && n is < 1 or > UpRecorders.Max) r.AddError($"--recorders {n}: 1 to {UpRecorders.Max} are allowed");
        });
        var example = new Option<string?>("--example")
        {
            Description = $"run an example as well: {string.Join(", ", UpExample.Names)}", HelpName = "NAME",
        };
        example.Validators.Add(r =>
        {
            if (r.GetValueOrDefault<string?>() is { } name && !UpExample.Names.Contains(name)) r.AddError($"--example {name}: allowed are {string.Join(", ", UpExample.Names)}");
        });
        command.Options.Add(example);
        command.Options.Add(data);
        command.Options.Add(listen);
        command.Options.Add(recorders);
        command.SetAction((parsed, _) => RunAsync(input(parsed), Path.GetFullPath(parsed.GetValue(data)!), parsed.GetValue(listen)!, parsed.GetValue(recorders), parsed.GetValue(example)));
        return command;
    }

    private static async Task<int> RunAsync(SettingsInput input, string dataFolder, string listen, int recorders, string? example)
    {
        var time = TimeProvider.System;
        if (!IPEndPoint.TryParse(listen, out var endpoint) || !IPAddress.IsLoopback(endpoint.Address))
        {
            await Console.Error.WriteLineAsync($"--listen {listen}: an address of this machine like 127.0.0.1:8080 is allowed; for others run `chorale hub` and `chorale record`");
            return SettingsLoad.ExitCode;
        }

        Directory.CreateDirectory(dataFolder);
        var identity = UpIdentity.LoadOrCreate(dataFolder);
        var load = UpSettings.Load(input, identity, dataFolder, endpoint);
        if (load.Settings is not { } settings) return SettingsReport.WriteProblems(load, Console.Error);
        using var logs = LineLogging.Open(settings.Log, time);
        using var stop = new StopSignal(logs.CreateLogger("up"));
        await using var broker = await UpBroker.FindAsync(settings.Mqtt, dataFolder, time, logs, stop.Token);
        load = UpSettings.Load(input with { Flags = [.. input.Flags, .. broker.RecorderFlags(settings.Mqtt)] }, identity, dataFolder, endpoint);
        settings = load.Settings!;
        var inputs = new CaptureInputs(time);
        if (UpSettings.WithoutMicrophone(load, inputs) is { } reason)
        {
            Console.Out.WriteLine(reason);
            Console.Out.WriteLine("Recording a test signal instead (a chirp, labelled \"test-signal\"). Plug one in and start again, or name one with --device; `chorale devices` lists them.");
            settings = settings with { Id = new("test-signal"), Capture = settings.Capture with { Device = "tone:" } };
        }

        try
        {
            var rooms = Path.Combine(dataFolder, "rooms");
            if (example is not null) UpExample.CopyTo(rooms);
            await using var hub = await HubHost.StartAsync(
                new HubSettings
                {
                    DataFolder = Path.Combine(dataFolder, "hub"), Listen = [new ListenAddress(endpoint.Address, endpoint.Port)], Broker = broker.Address,
                    RecordingFolders = [settings.Recording.Folder, dataFolder], RoomsFolder = Directory.Exists(rooms) ? rooms : null, Displays = UpExample.Displays(),
                },
                time, logs, stop.Token);
            await using var devices = example is not null && broker.Address is { } at ? UpExample.StartDevices(at, time, logs) : null;
            var all = UpRecorders.Of(settings, recorders, dataFolder, new Uri($"http://{endpoint}"), who => hub.Tokens.IssueDevice(who.DeviceId, who.PointId, who.RegisterId).Secret);
            foreach (var one in all) logs.Hide(one);
            SettingsReport.LogTo(load, logs.CreateLogger("settings"));
            Console.Out.WriteLine($"Chorale is up: {hub.Addresses[0]}/ (data in {dataFolder}; Ctrl+C stops)");
            if (hub.MakeFirstLink() is { } link) Console.Out.WriteLine($"Until there are users whoever is on this machine may look and operate. This link makes the first one (once, within a day): {link}");
            Console.Out.WriteLine($"Commands go through {broker.Description}");
            if (example is not null) Console.Out.WriteLine(UpExample.Hint(hub.Addresses[0], broker.Address));
            if (all.Count > 1) Console.Out.WriteLine($"Recorders: {string.Join(", ", all.Select(r => r.Id.Value))}");
            await Task.WhenAll(all.Select(r => new RecorderHost(r, inputs, time, logs, ProgramVersion.Text).RunAsync(stop.Token)));
            return 0;
        }
        catch (HubStartException e)
        {
            await Console.Error.WriteLineAsync($"the hub cannot start: {e.Message}");
            return CannotStart;
        }
    }
}
