using System.CommandLine;
using System.Text.Json;

namespace Chorale.Tests.Scenes;

public sealed class SceneVerbTests : IDisposable
{
    private readonly TempFolder _temp = new();
    private readonly StringWriter _output = new();
    private readonly StringWriter _errors = new();

    [Fact]
    public void A_bad_scene_ends_with_1_and_names_file_and_line_of_everything()
    {
        var file = Write("a.json", "[\n{\"timestamp\":-1,\"topic\":\"t\",\"message\":\"x\"},\n{\"topic\":\"t\"}]");
        Assert.Equal(1, Run("check", file));
        Assert.Equal(
            [
                $"{file}:2: [0].timestamp: error: -1 s is before its beginning [S010]",
                $"{file}:3: [1]: error: a line of a list needs \"timestamp\" [S006]",
                $"{file}:3: [1]: error: a line of a list needs \"message\" [S006]",
                $"{file}: does not run: 3 errors",
            ], Lines());
    }

    [Fact]
    public void Warnings_end_with_0_and_a_room_around_the_file_is_found_by_itself()
    {
        var file = Write("rooms/room1/scenes/a.json", """[{"timestamp":1,"topic":"room1/audio","message":"gone.wav"},{"timestamp":1,"topic":"room2/x","message":"x"}]""");
        Assert.Equal(0, Run("check", file));
        Assert.Equal([$"{file}: good"], Lines());
        Write("rooms/room1/media/audio/here.wav", "");
        Assert.Equal(0, Run("check", file));
        Assert.Equal(["S102", "S105"], Lines().Where(l => l.Contains('[', StringComparison.Ordinal)).Select(l => l[^5..^1]));
        Assert.Equal($"{file}: runs, with 2 warnings", Lines()[^1]);
        Assert.Equal(0, Run("check", Write("lone.json", File.ReadAllText(file)), "--room", _temp["rooms/room1"]));
        Assert.Contains("2 warnings", Lines()[^1]);
    }

    [Fact]
    public void Json_has_all_of_it_and_a_folder_means_its_files()
    {
        Write("s/b.json", """[{"timestamp":1,"topic":"t","message":"x"}]""");
        Write("s/a.json", "{");
        Assert.Equal(1, Run("check", "--json", _temp["s"]));
        var files = JsonDocument.Parse(_output.ToString()).RootElement.GetProperty("files");
        Assert.Equal(2, files.GetArrayLength());
        var problem = files[0].GetProperty("problems")[0];
        Assert.Equal(("error", "S001", 1), (problem.GetProperty("severity").GetString(), problem.GetProperty("rule").GetString(), problem.GetProperty("line").GetInt32()));
        Assert.Equal(0, files[1].GetProperty("errors").GetInt32());
    }

    [Fact]
    public void What_is_not_there_is_said_in_one_line()
    {
        Assert.Equal(66, Run("check", _temp["nope.json"]));
        Assert.Equal($"{_temp["nope.json"]}: there is no such file\n", _errors.ToString());
        Assert.Equal(64, Run("check", "--room", _temp["nope"], Write("x.json", "[]")));
        Assert.Equal(64, Run("ls", "--rooms", _temp["nope"]));
        Assert.NotEqual(0, Run("check"));
        Assert.NotEqual(0, Run("ls"));
    }

    [Fact]
    public void Ls_shows_the_scenes_of_all_rooms_and_whether_they_run()
    {
        Write("rooms/hall/scenes/bad.json", "[]");
        Write("rooms/hall/room.yaml", "title: Hall\n");
        Write("rooms/attic/scenes/good.json", """{"sceneId":"s","description":"fire [1]","initialState":"A","states":{"A":{"transitions":[{"type":"timeout","delay":1,"goto":"END"}]}}}""");
        Assert.Equal(0, Run("ls", "--rooms", _temp["rooms"]));
        var text = _output.ToString();
        Assert.Matches("attic .*good .*good .*fire \\[1\\]", text);
        Assert.Matches("hall .*bad .*1 error", text);
        Assert.Equal(0, Run("ls", "--json", "--rooms", _temp["rooms"]));
        Assert.Equal(2, JsonDocument.Parse(_output.ToString()).RootElement.GetProperty("scenes").GetArrayLength());
    }

    public void Dispose() => _temp.Dispose();

    private string Write(string name, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_temp[name])!);
        File.WriteAllText(_temp[name], text);
        return _temp[name];
    }

    private List<string> Lines() => [.. _output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries)];

    private int Run(params string[] arguments)
    {
        _output.GetStringBuilder().Clear();
        _errors.GetStringBuilder().Clear();
        return ChoraleCommand.Create().Parse(["scene", .. arguments]).Invoke(new InvocationConfiguration { Output = _output, Error = _errors });
    }
}
