using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Chorale.Show.Players.Buttons;

/// <summary>What a button says, and where.</summary>
/// <param name="Name">For people.</param>
/// <param name="Topic">Below the room's id.</param>
/// <param name="Line">Number of the GPIO line (BCM on a Raspberry Pi); null: another kind of button.</param>
public sealed record ButtonOrder(string Name, string Topic, string Message, int? Line = null)
{
    /// <summary>The original's: BCM 27.</summary>
    public const int DefaultLine = 27;

    public const string Allowed = "LINE[,TOPIC[,MESSAGE]] with a line from 0 to 511, such as 27 (says START on scene) or 22,button1,PRESSED";

    private const int LineMax = 511;

    /// <summary>What starts the default scene.</summary>
    public static ButtonOrder Start(string name, int? line = null) => new(name, "scene", "START", line);

    public static bool TryParse(string text, [NotNullWhen(true)] out ButtonOrder? button)
    {
        button = null;
        var parts = text.Split(',', StringSplitOptions.TrimEntries);
        if (parts.Length > 3 || !int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var line) || line > LineMax) return false;
        var topic = parts.Length > 1 ? parts[1] : "scene";
        var message = parts.Length > 2 ? parts[2] : parts.Length > 1 ? "PRESSED" : "START";
        if (topic.Length is 0 or > 128 || topic.AsSpan().ContainsAny("+#\0") || topic[0] == '/' || topic[^1] == '/' || message.Length is 0 or > 128) return false;
        button = new ButtonOrder($"GPIO {line}", topic, message, line);
        return true;
    }
}
