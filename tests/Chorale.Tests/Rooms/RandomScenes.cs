using System.Globalization;
using System.Text;

namespace Chorale.Tests.Rooms;

/// <summary>Scenes that no author would write: many states, cues and transitions on one grid of times.</summary>
internal static class RandomScenes
{
    private static readonly string[] Topics = ["room1/light", "room1/steam", "room1/motor1", "room1/other"];

    public static string Make(Random random)
    {
        var states = random.Next(1, 5);
        var json = new StringBuilder("{\"sceneId\":\"r\",\"initialState\":\"S0\",\"states\":{");
        for (var s = 0; s < states; s++)
        {
            if (s > 0) json.Append(',');
            json.Append(CultureInfo.InvariantCulture, $"\"S{s}\":{{\"onEnter\":[{Actions(random)}],\"onExit\":[{Actions(random)}],\"timeline\":[");
            json.AppendJoin(',', Enumerable.Range(0, random.Next(4)).Select(_ => $"{{\"at\":{Seconds(random, 0)},\"actions\":[{Actions(random)}]}}"));
            json.Append("],\"transitions\":[");
            json.AppendJoin(',', Enumerable.Range(0, random.Next(1, 3)).Select(_ => $"{{\"type\":\"timeout\",\"delay\":{Seconds(random, 1)},\"goto\":\"S{random.Next(states)}\"}}"));
            json.Append("]}");
        }

        return json.Append("}}").ToString();
    }

    private static string Seconds(Random random, int leastMs) => (random.Next(leastMs, 2_000) / 1000.0).ToString(CultureInfo.InvariantCulture);

    private static string Actions(Random random) =>
        string.Join(',', Enumerable.Range(0, random.Next(3)).Select(_ => $"{{\"action\":\"mqtt\",\"topic\":\"{Topics[random.Next(Topics.Length)]}\",\"message\":\"ON\"}}"));
}
