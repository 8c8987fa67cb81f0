using System.CommandLine;
using System.Security.Cryptography;
using System.Text.Json;
using Chorale.Archive.Align;
using Chorale.Audio.Files;
using Chorale.Fleet.Sessions;
using Chorale.Protocol;

namespace Chorale.Verbs;

/// <summary><c>chorale fleet export SESSION</c>: what modules recorded together, aligned to the frame and drift-corrected.</summary>
internal static class FleetExportVerb
{
    public static Command Create()
    {
        var session = new Argument<string>("session") { Description = "session id, as `chorale fleet sessions` shows it" };
        var from = new Option<string[]>("--from") { Description = "folder with the modules' files; may stand several times", HelpName = "DIR" };
        var manifest = new Option<string?>("--manifest") { Description = "the session's manifest from a file; neither hub nor broker is asked", HelpName = "FILE" };
        var output = new Option<string?>("--output", "-o") { Description = "folder, or one multichannel file where it ends in .wav or .flac; default a folder with the session's name", HelpName = "PATH" };
        var single = new Option<bool>("--single") { Description = "one multichannel file, up to 8 channels, also where the output says no ending" };
        var format = new Option<string>("--format") { Description = "wav or flac", DefaultValueFactory = _ => "wav" };
        var rate = new Option<int?>("--rate") { Description = "sample rate in Hz; default that of the first file", HelpName = "HZ" };
        var command = new Command("export", "Write a session as files that line up to the frame; the originals stay") { session, from, manifest, output, single, format, rate };
        command.SetAction(async (parsed, cancel) =>
        {
            var (console, error) = (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
            var ending = Path.GetExtension(parsed.GetValue(output))?.TrimStart('.').ToLowerInvariant();
            var isSingle = parsed.GetValue(single) || ending is "wav" or "flac";
            var wanted = ending is "wav" or "flac" && parsed.GetResult(format) is null or { Implicit: true } ? ending : parsed.GetValue(format);
            if (!Enum.TryParse<AudioCodec>(wanted, ignoreCase: true, out var codec) || codec is not (AudioCodec.Wav or AudioCodec.Flac))
                return await FailAsync(parsed, $"--format {parsed.GetValue(format)}: wav and flac are allowed", FleetExit.Usage);
            if (parsed.GetValue(rate) is { } hz && hz is < 8_000 or > 192_000) return await FailAsync(parsed, $"--rate {parsed.GetValue(rate)}: 8000 to 192000 is allowed", FleetExit.Usage);
            SessionManifest? found = null;
            if (parsed.GetValue(manifest) is { } path)
            {
                try
                {
                    found = SessionManifest.Read(await File.ReadAllTextAsync(path, cancel));
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
                {
                    return await FailAsync(parsed, $"--manifest {path}: {e.Message}", FleetExit.NoInput);
                }
            }
            else
            {
                var code = await FleetDoorOptions.WithDoorAsync(parsed, async door => (found = await door.SessionAsync(parsed.GetValue(session)!, cancel)) is null ? FleetExit.NoInput : 0, cancel);
                if (code == FleetExit.NoInput) return await FailAsync(parsed, $"there is no session '{parsed.GetValue(session)}'; `chorale fleet sessions` lists them", code);
                if (code != 0) return code;
            }

            var tracks = new List<AlignedTrack>();
            var missing = Collect(found!, parsed.GetValue(from) ?? [], tracks);
            foreach (var (module, why) in missing) await error.WriteLineAsync($"{module} is left out: {why}");
            if (tracks.Count == 0) return await FailAsync(parsed, "nothing can be exported; --from names the folders with the modules' files", FleetExit.NoInput);
            try
            {
                var start = found!.StartAt?.AddSeconds(-found.PreRollSeconds) ?? tracks.Max(t => t.FirstFrameAt);
                var end = found.DurationSeconds is { } seconds ? start.AddSeconds(found.PreRollSeconds + seconds) : (DateTimeOffset?)null;
                var export = new AlignedExport(tracks, start, end, parsed.GetValue(rate));
                var target = parsed.GetValue(output) ?? (isSingle ? found.SessionId + (codec == AudioCodec.Flac ? ".flac" : ".wav") : found.SessionId);
                var files = isSingle ? [export.WriteSingle(target, codec, cancel)] : export.WriteFolder(target, codec, cancel);
                await File.WriteAllTextAsync(isSingle ? target + ".json" : Path.Combine(target, "session.json"), found.ToJson() + "\n", cancel);
                if (parsed.GetValue(FleetDoorOptions.Json))
                {
                    await console.WriteLineAsync(JsonSerializer.Serialize(new
                    {
                        session_id = found.SessionId, from = WallTime.ToText(start), rate_hz = export.RateHz,
                        files = files.Select(f => new { path = f.Path, modules = f.Tracks, channels = f.Channels, frames = f.Frames }),
                        missing = missing.Select(m => new { module = m.Module, reason = m.Why }),
                    }));
                }
                else
                {
                    foreach (var f in files) await console.WriteLineAsync($"{f.Path}: {string.Join(", ", f.Tracks)}; {f.Channels} {(f.Channels == 1 ? "channel" : "channels")}, {export.Duration.TotalSeconds:0.###} s from {WallTime.ToText(start)}");
                }

                return missing.Count == 0 ? FleetExit.AllConfirmed : FleetExit.PartlyConfirmed;
            }
            catch (Exception e) when (e is AudioFileException or ArgumentException or IOException or UnauthorizedAccessException)
            {
                return await FailAsync(parsed, e.Message, FleetExit.NoneConfirmed);
            }
        });
        return command;
    }

    /// <summary>Finds the file of each module, and says why one cannot be used.</summary>
    private static List<(string Module, string Why)> Collect(SessionManifest session, IReadOnlyList<string> folders, List<AlignedTrack> tracks)
    {
        var missing = new List<(string, string)>();
        foreach (var module in session.Modules)
        {
            var name = module.Module.Value;
            if (!module.IsConfirmed) missing.Add((name, $"it did not record: {module.Reason ?? module.Verdict?.ToString() ?? "no answer"}"));
            else if (module.CompletedAt is null) missing.Add((name, "its recording is not complete"));
            else if (module.FirstFrameUtc is not { } first) missing.Add((name, "it does not tell when its first frame was, so it cannot be aligned"));
            else if (Find(module, folders, out var why) is not { } path) missing.Add((name, why));
            else tracks.Add(new AlignedTrack(name, path, first, (module.RatePpm ?? 0) + (module.ClockPpm ?? 0)));
        }

        return missing;
    }

    private static string? Find(SessionModule module, IReadOnlyList<string> folders, out string why)
    {
        // Names from the network: their last part alone is looked for, in folders that a person named or that the module writes on this machine.
        var file = module.Files.Count > 0 ? Path.GetFileName(module.Files[0]) : "";
        var tried = folders.Concat(folders.Select(f => Path.Combine(f, module.Module.Value))).Concat(module.Folder is { } own ? [own] : []).ToList();
        var path = file.Length == 0 ? null : tried.Select(f => Path.Combine(f, file)).FirstOrDefault(File.Exists);
        why = $"'{file}' is not in {(tried.Count == 0 ? "any folder that was named" : string.Join(", ", tried))}";
        if (path is null || module.Sha256 is not { } expected) return path;
        using var stream = File.OpenRead(path);
        if (Convert.ToHexStringLower(SHA256.HashData(stream)).Equals(expected, StringComparison.OrdinalIgnoreCase)) return path;
        why = $"{path} is not the file that was recorded (its SHA-256 differs from the manifest's)";
        return null;
    }

    private static async Task<int> FailAsync(ParseResult parsed, string problem, int code)
    {
        await parsed.InvocationConfiguration.Error.WriteLineAsync(problem);
        return code;
    }
}
