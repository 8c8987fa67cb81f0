using System.Collections;
using System.CommandLine;
using System.CommandLine.Parsing;
using System.Diagnostics;
using Chorale.Hub.Settings;
using Chorale.Mqtt;
using Chorale.Protocol.Rooms;
using Chorale.Recorder.Logs;
using Chorale.Recorder.Settings;
using Chorale.Recorder.Verbs;
using Chorale.Show.Players;
using Chorale.Show.Players.Buttons;
using Chorale.Show.Players.Mpv;
using Chorale.Show.Players.Remote;
using Microsoft.Extensions.Logging;

namespace Chorale.Verbs;

/// <summary><c>chorale room</c>: sound, picture and buttons of one room on this machine, commanded over MQTT, until it is told to stop.</summary>
internal static class RoomVerb
{
    private const int MqttPort = 1883, MqttTlsPort = 8883;
    private const int UsageError = 64;

    private static readonly Option<string?> Room = new("--room") { Description = "the room's id: " + RoomNames.Allowed };
    private static readonly Option<string> Broker = new("--broker") { Description = "the hub's broker: " + BrokerAddress.Allowed, HelpName = "ADDRESS", DefaultValueFactory = _ => "localhost" };
    private static readonly Option<string?> User = new("--user") { Description = "user at the broker; the password is in CHORALE_BROKER_PASSWORD" };
    private static readonly Option<bool> Tls = new("--tls") { Description = "encrypt the connection to the broker" };
    private static readonly Option<string?> Ca = new("--ca") { Description = "authority of the broker's certificate, PEM; speaks TLS", HelpName = "FILE" };
    private static readonly Option<string?> Cert = new("--cert") { Description = "our certificate, PEM; with --key", HelpName = "FILE" };
    private static readonly Option<string?> Key = new("--key") { Description = "its key, PEM", HelpName = "FILE" };
    private static readonly Option<string> Media = new("--media") { Description = "folder with audio/ and video/ in it", HelpName = "FOLDER", DefaultValueFactory = _ => "media" };
    private static readonly Option<string?> AudioDevice = new("--audio-device") { Description = "where sound goes, as --list-outputs names it; default: the system's", HelpName = "NAME" };
    private static readonly Option<string?> AudioOutput = new("--audio-output") { Description = "mpv's --ao, such as alsa, pulse, null (silent)", HelpName = "NAME" };
    private static readonly Option<string> VideoOutput = new("--video-output") { Description = "auto, none, x11[:screen number], wayland[:screen name] or drm[:connector]", HelpName = "WHERE", DefaultValueFactory = _ => "auto" };
    private static readonly Option<string?> IdleImage = new("--idle-image") { Description = "picture of the video folder for when nothing plays; default: black", HelpName = "FILE" };
    private static readonly Option<int> Sounds = new("--sounds") { Description = "sounds at once, those that are ready included: 1 to 32", DefaultValueFactory = _ => 6 };
    private static readonly Option<string[]> Button = new("--button") { Description = $"a button on a GPIO line, repeatable: {ButtonOrder.Allowed}", HelpName = "LINE" };
    private static readonly Option<double> Debounce = new("--debounce") { Description = "seconds in which a button is not heard again", DefaultValueFactory = _ => GpioButtons.DefaultDebounce.TotalSeconds };
    private static readonly Option<double> Cooldown = new("--cooldown") { Description = "seconds until a GPIO button is heard again", DefaultValueFactory = _ => GpioButtons.DefaultCooldown.TotalSeconds };
    private static readonly Option<bool> ListOutputs = new("--list-outputs") { Description = "print where sound can go, and end" };
    private static readonly Option<LogLevel> Level = new("--log-level") { Description = "least level that is logged", DefaultValueFactory = _ => LogLevel.Information };

    public static Command Create()
    {
        var command = new Command("room", "Play the sound and picture of one room on this machine, and hear its buttons");
        foreach (var option in (Option[])[Room, Broker, User, Tls, Ca, Cert, Key, Media, AudioDevice, AudioOutput, VideoOutput, IdleImage, Sounds, Button, Debounce, Cooldown, ListOutputs, Level])
            command.Options.Add(option);
        command.SetAction((parsed, cancel) => parsed.GetValue(ListOutputs) ? ListOutputsAsync(parsed, cancel) : RunAsync(parsed));
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed)
    {
        var environment = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().ToDictionary(e => (string)e.Key, e => (string?)e.Value ?? "");
        List<string> problems = [];
        var room = parsed.GetValue(Room);
        if (room is null) problems.Add("--room is missing: the id of the room that is played here");
        else if (!RoomNames.IsValid(room)) problems.Add($"--room '{room}': {RoomNames.Allowed}");
        var broker = BrokerOf(parsed, environment, problems);
        var buttons = ButtonsOf(parsed, problems);
        var media = new MediaFolder(parsed.GetValue(Media)!);
        if (!Directory.Exists(media.Path)) problems.Add($"--media {parsed.GetValue(Media)}: there is no such folder; one with audio/ and video/ in it is needed");
        var debounce = SecondsOf(parsed, Debounce, problems);
        var cooldown = SecondsOf(parsed, Cooldown, problems);
        var time = TimeProvider.System;
        using var logs = LineLogging.Open(new LogSettings(parsed.GetValue(Level), LogFormat.Auto, null, 0, 0), time);
        logs.Mask.Add(broker.Password);
        var logger = logs.CreateLogger("room");
        MpvPlayer? player = null;
        try
        {
            if (problems.Count == 0) player = new MpvPlayer(PlayerOf(parsed, media, environment), time, logger);
        }
        catch (ArgumentException e)
        {
            problems.Add(e.Message);
        }

        if (player is null)
        {
            foreach (var problem in problems) await parsed.InvocationConfiguration.Error.WriteLineAsync(problem);
            return UsageError;
        }

        await using (player)
        {
            using var stop = new StopSignal(logger);
            var station = new RoomStation(room!, broker, player, time, logger);
            using var gpio = new GpioButtons(buttons, debounce, cooldown, station.Pressed, time, logger);
            if (!Console.IsInputRedirected) ListenToKeys(station, debounce, time);
            Chorale.Show.Players.Log.RoomPlayerReady(logger, room!, media.Path);
            await station.RunAsync(stop.Token);
            return 0;
        }
    }

    private static PlayerOptions PlayerOf(ParseResult parsed, MediaFolder media, Dictionary<string, string> environment) => new()
    {
        Media = media,
        AudioDevice = parsed.GetValue(AudioDevice),
        AudioOutput = parsed.GetValue(AudioOutput),
        Screen = parsed.GetValue(VideoOutput)!,
        Displays = Displays.Find(environment),
        IdleImage = parsed.GetValue(IdleImage),
        DecksMax = parsed.GetValue(Sounds),
    };

    private static MqttOptions BrokerOf(ParseResult parsed, Dictionary<string, string> environment, List<string> problems)
    {
        var text = parsed.GetValue(Broker)!;
        if (!BrokerAddress.TryParse(text, out var address)) problems.Add($"--broker {text}: {BrokerAddress.Allowed} is allowed");
        foreach (var file in (Option<string?>[])[Ca, Cert, Key])
        {
            if (parsed.GetValue(file) is { } path && !File.Exists(path)) problems.Add($"{file.Name} {path}: there is no such file");
        }

        if (parsed.GetValue(Cert) is null != parsed.GetValue(Key) is null) problems.Add("--cert and --key: give both or none");
        var isTls = parsed.GetValue(Tls) || parsed.GetValue(Ca) is not null || parsed.GetValue(Cert) is not null;
        var user = parsed.GetValue(User);
        return new MqttOptions
        {
            Host = address.Host ?? "localhost",
            Port = address.Port ?? (isTls ? MqttTlsPort : MqttPort),
            UserName = user,
            Password = user is null ? null : environment.GetValueOrDefault("CHORALE_BROKER_PASSWORD"),
            Tls = isTls ? new MqttTls { CaFile = parsed.GetValue(Ca), CertFile = parsed.GetValue(Cert), KeyFile = parsed.GetValue(Key) } : null,
        };
    }

    private static List<ButtonOrder> ButtonsOf(ParseResult parsed, List<string> problems)
    {
        List<ButtonOrder> buttons = [];
        foreach (var text in parsed.GetValue(Button) ?? [])
        {
            if (ButtonOrder.TryParse(text, out var button)) buttons.Add(button);
            else problems.Add($"--button {text}: {ButtonOrder.Allowed} is allowed");
        }

        foreach (var twice in buttons.GroupBy(b => b.Line).Where(g => g.Count() > 1)) problems.Add($"--button {twice.Key}: this line is given {twice.Count()} times");
        return buttons;
    }

    private static TimeSpan SecondsOf(ParseResult parsed, Option<double> option, List<string> problems)
    {
        var seconds = parsed.GetValue(option);
        if (seconds is >= 0 and <= 3600) return TimeSpan.FromSeconds(seconds);
        problems.Add($"{option.Name} {seconds}: 0 to 3600 is allowed");
        return TimeSpan.Zero;
    }

    private static void ListenToKeys(RoomStation station, TimeSpan debounce, TimeProvider time)
    {
        var button = new KeyboardButton(debounce, time);
        new Thread(() =>
        {
            try
            {
                while (true)
                {
                    if (button.See(Console.ReadKey(intercept: true).Key)) station.Pressed(ButtonOrder.Start("keyboard"));
                }
            }
            catch (InvalidOperationException)
            {
                // The terminal is gone.
            }
        })
        {
            Name = "keyboard", IsBackground = true,
        }.Start();
    }

    private static async Task<int> ListOutputsAsync(ParseResult parsed, CancellationToken cancel)
    {
        if (MpvStarter.FindProgram("mpv") is not { } program)
        {
            await parsed.InvocationConfiguration.Error.WriteLineAsync("mpv is missing: install the package mpv");
            return 1;
        }

        using var process = Process.Start(new ProcessStartInfo(program, ["--no-config", "--audio-device=help"]) { RedirectStandardOutput = true })!;
        await parsed.InvocationConfiguration.Output.WriteAsync(await process.StandardOutput.ReadToEndAsync(cancel));
        await process.WaitForExitAsync(cancel);
        return process.ExitCode;
    }
}
