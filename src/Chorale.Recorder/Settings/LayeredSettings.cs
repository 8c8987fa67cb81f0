namespace Chorale.Recorder.Settings;

/// <summary>Values by key with the layer they came from: a later layer wins, two different values in one layer are a problem.</summary>
internal sealed class LayeredSettings(List<SettingsProblem> problems)
{
    private readonly Dictionary<SettingKey, (string Text, SettingSource Source)> _values = [];

    private readonly HashSet<SettingKey> _refused = [];

    public void Set(SettingKey key, string text, SettingSource source)
    {
        text = text.Trim();
        if (key.Check(text) is { } wrong)
        {
            _refused.Add(key);
            problems.Add(new SettingsProblem(key.Name, key.Mask(text), wrong, source));
            return;
        }

        if (_values.TryGetValue(key, out var old))
        {
            if (old.Source.Layer > source.Layer) return;
            if (old.Source.Layer == source.Layer && old.Source.Layer != SettingLayer.Default && old.Text != text)
            {
                problems.Add(new SettingsProblem(key.Name, key.Mask(text), $"is also set by {old.Source}, to {key.Mask(old.Text)}: give one of them", source));
                return;
            }
        }

        _values[key] = (text, source);
    }

    /// <summary>What an unset key comes to, so that it is printed with the reason.</summary>
    public void Assume(SettingKey key, string text, string why)
    {
        if (!Has(key)) _values[key] = (text, new SettingSource(SettingLayer.Default, why));
    }

    public bool Has(SettingKey key) => SourceOf(key).Layer != SettingLayer.Default;

    /// <summary>True when a source or a flavour gave it a value that is not empty.</summary>
    public bool IsSet(SettingKey key) => TextOf(key).Length > 0;

    /// <summary>True when somebody gave it, right or wrong: it need not be asked for.</summary>
    public bool WasGiven(SettingKey key) => IsSet(key) || _refused.Contains(key);

    public string TextOf(SettingKey key) => _values.TryGetValue(key, out var v) ? v.Text : key.DefaultText;

    public SettingSource SourceOf(SettingKey key) => _values.TryGetValue(key, out var v) ? v.Source : new SettingSource(SettingLayer.Default, "default");

    /// <summary>The value, read; the default when nothing was set.</summary>
    public T Get<T>(SettingKey<T> key) => key.Read(TextOf(key));

    /// <summary>Null for a text that is empty.</summary>
    public string? TextOrNull(SettingKey<string> key) => Get(key) is { Length: > 0 } text ? text : null;

    public IReadOnlyList<EffectiveSetting> Effective() => [.. SettingKeys.All.Select(k => new EffectiveSetting(k, k.Mask(TextOf(k)), SourceOf(k)))];
}
