using System.CommandLine;
using System.Text.Json;
using Chorale.Show.Import;
using Chorale.Show.Room;
using Chorale.Show.Scenes;

namespace Chorale.Tests.Scenes;

public sealed class RoomImportTests : IDisposable
{
    private const string Scene = """{"sceneId":"s","initialState":"A","states":{"A":{"onEnter":[{"action":"audio","message":"hello.wav"}],"transitions":[{"type":"timeout","delay":1,"goto":"END"}]}}}""";
    private readonly TempFolder _temp = new();
    private readonly ManualTime _time = new();

    [Fact]
    public void A_room_is_taken_over_whole_and_every_key_of_its_settings_is_accounted_for()
    {
        Old();
        var report = Import();
        Assert.Null(report.Failure);
        Assert.Equal(("room1", _temp["rooms/room1"]), (report.Room, report.Folder));

        var room = RoomFile.Read(_temp["rooms/room1"]);
        Assert.Empty(room.Problems);
        Assert.Equal(("intro", "black.png"), (room.Room.DefaultScene, room.Room.IdleImage));
        Assert.Equal(["intro", "other"], new SceneFolder(room.Room.ScenesFolder, _time).List().Select(s => s.Name));
        foreach (var file in new[] { "devices.json", "commands/light_off.json", "media/audio/hello.wav", "media/video/black.png" }) Assert.True(File.Exists(_temp["rooms/room1/" + file]), file);

        var told = report.Lines.ToDictionary(l => l.What);
        Assert.Equal(ImportVerdict.ForHub, told["[MQTT] broker_ip = 10.0.0.5"].Verdict);
        Assert.Equal((ImportVerdict.Taken, "good"), (told["scenes/room1/intro.json"].Verdict, told["scenes/room1/intro.json"].Note));
        Assert.Equal(ImportVerdict.NotUnderstood, told["[Video] colour = blue"].Verdict);
        Assert.Equal(11, report.Lines.Count(l => l.What[0] == '['));
        Assert.DoesNotContain(report.Lines, l => l.What.Contains("hunter2", StringComparison.Ordinal));
        Assert.DoesNotContain("hunter2", File.ReadAllText(_temp["rooms/room1/room.yaml"]));
    }

    [Fact]
    public void What_was_not_understood_is_named_and_broken_scenes_come_along_with_their_verdict()
    {
        Old();
        Write("old/scenes/room1/broken.json", "{");
        Write("old/scenes/room1/commands/odd.json", """[{"topic":"room1/light"}]""");
        Write("old/scenes/room1/videos/notes.txt", "x");
        Write("old/config/rooms/room1/devices.json", """{"relays":[{"id":"a","topic":"room1/+"},{"id":"b","topic":"room1/b"}]}""");
        var told = Import().Lines;
        Assert.Contains(told, l => l is { Verdict: ImportVerdict.Taken, What: "scenes/room1/broken.json" } && l.Note.StartsWith("does not run, errors: 1", StringComparison.Ordinal));
        Assert.Contains(told, l => l is { Verdict: ImportVerdict.NotUnderstood, What: "scenes/room1/commands/odd.json" } && l.Note.Contains("[S006]", StringComparison.Ordinal));
        Assert.Contains(told, l => l is { Verdict: ImportVerdict.NotUnderstood, What: "scenes/room1/videos/notes.txt" });
        Assert.Contains(told, l => l.Verdict == ImportVerdict.NotUnderstood && l.What.StartsWith("config/rooms/room1/devices.json relays[0]", StringComparison.Ordinal));
        Assert.False(File.Exists(_temp["rooms/room1/commands/odd.json"]));
    }

    [Fact]
    public void Nothing_that_is_there_is_replaced_unless_asked_and_then_the_scene_is_kept_as_a_version()
    {
        Old();
        Import();
        Assert.DoesNotContain(Import().Lines, l => l.Verdict == ImportVerdict.Taken && l.What[0] != '[');
        foreach (var (file, text) in new[] { ("scenes/intro.json", "[]"), ("room.yaml", "title: mine\n"), ("media/audio/hello.wav", "mine"), ("commands/light_off.json", "[ ]") }) Write("rooms/room1/" + file, text);

        var again = Import();
        Assert.Equal(4, again.Lines.Count(l => l.Verdict == ImportVerdict.Kept));
        Assert.Equal(("[]", "title: mine\n", "mine", "[ ]"), (Read("scenes/intro.json"), Read("room.yaml"), Read("media/audio/hello.wav"), Read("commands/light_off.json")));

        var forced = Import(force: true);
        Assert.DoesNotContain(forced.Lines, l => l.Verdict == ImportVerdict.Kept);
        Assert.Equal((Scene, "RIFF"), (Read("scenes/intro.json"), Read("media/audio/hello.wav")));
        Assert.Equal("[]", File.ReadAllText(new SceneFolder(_temp["rooms/room1/scenes"], _time).Versions("intro").Single()));
    }

    [Fact]
    public void Neither_links_nor_settings_lead_the_import_out_of_the_old_folder()
    {
        Old();
        Write("secret/secret.json", Scene);
        Write("secret/secret.wav", "RIFF");
        File.CreateSymbolicLink(_temp["old/scenes/room1/link.json"], _temp["secret/secret.json"]);
        Directory.CreateSymbolicLink(_temp["old/scenes/room1/video"], _temp["secret"]);
        Write("old/config/config.ini", $"[Room]\nroom_id = room1\n[Audio]\ndirectory = {_temp["secret"]}\n[Video]\ndirectory = ../../../secret\n[Json]\njson_file_name = ../../secret/secret.json\n");
        var report = Import();
        Assert.Equal(3, report.Lines.Count(l => l.Verdict == ImportVerdict.NotUnderstood));
        Assert.Empty(Directory.EnumerateFiles(_temp["rooms"], "secret*", SearchOption.AllDirectories));
        Assert.Equal(["intro", "other"], new SceneFolder(_temp["rooms/room1/scenes"], _time).List().Select(s => s.Name));
        Assert.Null(RoomFile.Read(_temp["rooms/room1"]).Room.DefaultScene);
    }

    [Theory]
    [InlineData("..")]
    [InlineData("../x")]
    [InlineData("a b")]
    [InlineData("room1/+")]
    public void A_room_that_cannot_be_one_is_refused(string room)
    {
        Old();
        Write("old/config/config.ini", $"[Room]\nroom_id = {room}\n");
        Assert.Contains("cannot be one", Import().Failure);
        Assert.False(Directory.Exists(_temp["rooms"]));
    }

    [Fact]
    public void Older_layouts_and_spellings_are_found_too()
    {
        Write("old/raspberry-pi/config/config.ini", "[MQTT]\nbrokerip = 192.168.1.100\n[GPIO]\nbuttonpin: 17\n[Room]\nid = room1\n");
        Write("old/raspberry-pi/scenes/room1/intro.json", """[{"timestamp":0,"topic":"room1/light","message":"ON"}]""");
        Write("old/raspberry-pi/scenes/room1/devices.json", """{"relays":[{"id":"b","topic":"room1/b"}]}""");
        Write("old/raspberry-pi/audio/bg.mp3", "ID3");
        var report = Import();
        Assert.Contains(report.Lines, l => l is { Verdict: ImportVerdict.ForHub, What: "[MQTT] brokerip = 192.168.1.100" });
        Assert.Equal(["intro"], new SceneFolder(_temp["rooms/room1/scenes"], _time).List().Select(s => s.Name));
        Assert.True(File.Exists(_temp["rooms/room1/devices.json"]) && File.Exists(_temp["rooms/room1/media/audio/bg.mp3"]));
    }

    [Fact]
    public void The_verb_says_what_it_did_and_a_folder_of_something_else_is_refused()
    {
        Old();
        Assert.Equal((66, $"{_temp["empty"]} has neither config/config.ini nor scenes/\n"), Verb(Directory.CreateDirectory(_temp["empty"]).FullName) is var (code, _, errors) ? (code, errors) : default);
        Assert.Equal(66, Verb(_temp["old"], "--room", "room9").Code);
        var (first, output, _) = Verb(_temp["old"]);
        Assert.Equal(0, first);
        Assert.StartsWith($"room room1 -> {_temp["rooms/room1"]}\ntaken:\n", output, StringComparison.Ordinal);
        Assert.Contains("\nnot understood:\n  [Video] colour = blue: not a key that is known\n", output);
        Write("rooms/room1/scenes/intro.json", "[]");
        var (second, json, _) = Verb(_temp["old"], "--json");
        Assert.Equal(1, second);
        Assert.Contains(JsonDocument.Parse(json).RootElement.GetProperty("lines").EnumerateArray(), l => l.GetProperty("verdict").GetString() == "kept");
        Assert.NotEqual(0, ChoraleCommand.Create().Parse(["scene", "import", _temp["old"]]).Invoke(new InvocationConfiguration { Output = TextWriter.Null, Error = TextWriter.Null }));
    }

    public void Dispose() => _temp.Dispose();

    private (int Code, string Output, string Errors) Verb(string old, params string[] more)
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();
        var code = ChoraleCommand.Create().Parse(["scene", "import", old, "--into", _temp["rooms"], .. more]).Invoke(new InvocationConfiguration { Output = output, Error = errors });
        return (code, output.ToString(), errors.ToString());
    }

    private ImportReport Import(bool force = false) => RoomImport.Run(_temp["old"], _temp["rooms"], null, force, _time);

    private string Read(string name) => File.ReadAllText(_temp["rooms/room1/" + name]);

    private void Old()
    {
        Write("old/config/config.ini", "[MQTT]\nbroker_ip = 10.0.0.5\nport=1883\npassword = hunter2\ncommand_ack_timeout_ms = 700\n\n; pins\n[GPIO]\nbutton_pin = 27\n[Room]\nroom_id: room1\n[Json]\nJSON_File_Name = intro.json\n[Video]\niddle_image = black.png\ncolour = blue\n[System]\nmain_loop_sleep = 0.1\n[LogLevels]\nmuseum.main = INFO\n");
        Write("old/config/rooms/room1/devices.json", """{"relays":[{"id":"b","topic":"room1/b"}]}""");
        Write("old/scenes/room1/intro.json", Scene);
        Write("old/scenes/room1/other.json", """[{"timestamp":0,"topic":"room1/light","message":"ON"}]""");
        Write("old/scenes/room1/commands/light_off.json", """[{"topic":"room1/light","message":"OFF"}]""");
        Write("old/scenes/room1/audio/hello.wav", "RIFF");
        Write("old/scenes/room1/videos/black.png", "PNG");
    }

    private void Write(string name, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_temp[name])!);
        File.WriteAllText(_temp[name], text);
    }
}
