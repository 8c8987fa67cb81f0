using System.Globalization;

namespace Chorale.Hub.Settings;

/// <summary>Texts by key, with where each came from; reading one notes what is wrong with it.</summary>
internal sealed class HubSettingValues
{
    private readonly Dictionary<string, (IReadOnlyList<string> Texts, string Where)> _values = [];

    public List<string> Problems { get; } = [];

    public void Set(string name, IReadOnlyList<string> texts, string where) => _values[name] = (texts, where);

    public string? Text(HubSettingKey key) =>
        _values.TryGetValue(key.Name, out var v) && string.Join(",", v.Texts) is { Length: > 0 } text ? text : null;

    public string? File(HubSettingKey key)
    {
        if (Text(key) is { } path && !System.IO.File.Exists(path)) NotAllowed(key, path);
        return Text(key);
    }

    public string? Secret(HubSettingKey key)
    {
        if (Text(key) is { Length: < 16 }) NotAllowed(key, "(not shown)");
        return Text(key);
    }

    /// <summary>A secret that stands in a file of its own; null when the key is not given.</summary>
    public string? FirstLine(HubSettingKey key)
    {
        if (Text(key) is not { } path) return null;
        try
        {
            if (System.IO.File.ReadLines(path).FirstOrDefault()?.Trim() is { Length: > 0 } line) return line;
            Wrong(key, $"{path} is empty");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Wrong(key, e.Message);
        }

        return null;
    }

    public bool? YesOrNo(HubSettingKey key)
    {
        switch (Text(key)?.ToLowerInvariant())
        {
            case null: return null;
            case "yes" or "true" or "on" or "1": return true;
            case "no" or "false" or "off" or "0": return false;
            default:
                NotAllowed(key, Text(key)!);
                return null;
        }
    }

    public List<ListenAddress>? Listen()
    {
        if (Text(HubSettingKeys.Listen) is not { } text) return null;
        var list = new List<ListenAddress>();
        foreach (var one in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (ListenAddress.TryParse(one, out var address)) list.Add(address);
            else NotAllowed(HubSettingKeys.Listen, one);
        }

        return list;
    }

    public TimeZoneInfo? Zone()
    {
        if (Text(HubSettingKeys.Zone) is not { } text) return null;
        if (TimeZoneInfo.TryFindSystemTimeZoneById(text, out var zone)) return zone;
        NotAllowed(HubSettingKeys.Zone, text);
        return null;
    }

    public TimeSpan? Days(HubSettingKey key) => Length(key, TimeSpan.FromDays(1));

    public TimeSpan? Hours(HubSettingKey key) => Length(key, TimeSpan.FromHours(1));

    private TimeSpan? Length(HubSettingKey key, TimeSpan unit)
    {
        if (Text(key) is not { } text) return null;
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var count) && count is > 0 and < 100_000) return unit * count;
        NotAllowed(key, text);
        return null;
    }

    public long? Whole(HubSettingKey key, long least, long most)
    {
        if (Text(key) is not { } text) return null;
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most) return number;
        NotAllowed(key, text);
        return null;
    }

    public long? Bytes(HubSettingKey key)
    {
        if (Text(key) is not { } text) return null;
        if (ByteSize.TryParse(text, out var bytes)) return bytes;
        NotAllowed(key, text);
        return null;
    }

    public void NotAllowed(HubSettingKey key, string text) => Problems.Add($"{_values[key.Name].Where}: \"{text}\" is not allowed; allowed is {key.Allowed}");

    public void Wrong(HubSettingKey key, string why) => Problems.Add($"{_values[key.Name].Where}: {why}");
}
