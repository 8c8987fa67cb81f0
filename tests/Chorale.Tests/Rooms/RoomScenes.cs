namespace Chorale.Tests.Rooms;

/// <summary>Scenes that several tests play.</summary>
internal static class RoomScenes
{
    /// <summary>Light on at once, steam after 2 s, off after 5 s and the end.</summary>
    public const string Light = """
        {"sceneId":"light","initialState":"A","states":{
          "A":{"onEnter":[{"action":"mqtt","topic":"room1/light","message":"ON"}],
               "timeline":[{"at":2,"action":"mqtt","topic":"room1/steam","message":"ON"},{"at":3,"action":"audio","message":"PLAY:thunder.wav"}],
               "transitions":[{"type":"timeout","delay":5,"goto":"B"},{"type":"mqttMessage","topic":"room1/button1","message":"PRESSED","goto":"B"}]},
          "B":{"onEnter":[{"action":"mqtt","topic":"room1/light","message":"OFF"}],"transitions":[{"type":"timeout","delay":1,"goto":"END"}]}}}
        """;

    /// <summary>The same with the root's own word on failures and losses.</summary>
    public static string With(string policies) => Light.Replace("\"initialState\"", $"\"policies\":{{{policies}}},\"initialState\"", StringComparison.Ordinal);

    /// <summary>Blinks for ever.</summary>
    public const string Idle = """
        {"sceneId":"idle","initialState":"A","states":{
          "A":{"onEnter":[{"action":"mqtt","topic":"room1/glow","message":"ON"}],"transitions":[{"type":"timeout","delay":10,"goto":"END"}]}}}
        """;
}
