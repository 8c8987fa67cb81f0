using Chorale.Audio.Files;

namespace Chorale.SystemTests;

/// <summary>A recorder that waits for somebody to ask, as a real process.</summary>
public sealed class RecorderRequestTests
{
    private static string[] Arguments(TempFolder folder, params string[] more) =>
        ["record", "--id", "mic1", "--device", "tone:", "--set", "health.port=0", "--set", "upload.sink=none", "--spool", folder["spool"], .. more];

    [Fact]
    public async Task One_recording_on_request_has_its_name_its_length_and_its_sidecar_and_the_command_ends()
    {
        using var folder = new TempFolder();
        using var recorder = ChildProcess.Chorale(Arguments(folder, "--recording-id", "s1", "--duration", "1.5"), folder: folder.Path);
        Assert.True(await recorder.ExitCodeAsync() == 0, recorder.Output);
        var path = Path.Combine(folder.Path, "recordings", "recording_s1_mic1.wav");
        using var reader = AudioFileReader.Open(path);
        Assert.Equal(66_150, reader.Frames);
        Assert.Contains("\"total_frames\": 66150", File.ReadAllText(Path.ChangeExtension(path, ".json")));
    }

    [Fact]
    public async Task A_module_that_waits_for_a_start_stops_when_it_is_told_to()
    {
        using var folder = new TempFolder();
        using var recorder = ChildProcess.Chorale(Arguments(folder), folder: folder.Path);
        await Wait.Until("the microphone is open", () => recorder.Output.Contains("audio_device_ok", StringComparison.Ordinal));
        recorder.Signal("TERM");
        // Aborting after 20 s would end with 143.
        Assert.True(await recorder.ExitCodeAsync() == 0, recorder.Output);
    }

    [Fact]
    public async Task A_name_that_could_leave_the_folder_is_refused_and_says_what_is_allowed()
    {
        using var folder = new TempFolder();
        using var recorder = ChildProcess.Chorale(Arguments(folder, "--recording-id", "../x", "--duration", "1"), folder: folder.Path);
        Assert.Equal(1, await recorder.ExitCodeAsync());
        Assert.Contains("recording_id \"../x\"", recorder.Output);
        Assert.False(Directory.Exists(folder["recordings"]));
    }
}
