namespace Chorale.Audio.Capture.Devices;

/// <param name="Kind">The back end: <see cref="DeviceKind.Alsa"/>, Pulse, PortAudio, File, Tone or Url.</param>
/// <param name="Text">What that back end is to open.</param>
/// <param name="Description">For logs and people.</param>
/// <param name="MayConvert">True: chosen by us or by a name, so that a card which cannot give the wanted rate or channels may be
/// opened through ALSA's converter. A person who wrote <c>hw:</c> wants the hardware or an answer.</param>
internal sealed record ChosenDevice(DeviceKind Kind, string Text, string Description, bool MayConvert = false);

/// <summary>Decides which device a name means among those that are there now. Pure.</summary>
internal static class DeviceChoice
{
    /// <summary>Null: it is not there (yet).</summary>
    /// <param name="name">What was asked for.</param>
    /// <param name="cards">The kernel's cards.</param>
    /// <param name="defaultSource">The default source of a running sound server; null when none runs.</param>
    /// <exception cref="CaptureException">More than one device is meant.</exception>
    public static ChosenDevice? Resolve(DeviceName name, IReadOnlyList<AlsaCard> cards, string? defaultSource)
    {
        switch (name.Kind)
        {
            case DeviceKind.Unnamed when defaultSource is not null:
                return new ChosenDevice(DeviceKind.Pulse, "", $"pulse: (default: {defaultSource})");
            case DeviceKind.Unnamed:
                return OfCard(cards.FirstOrDefault(c => c.IsUsb) ?? (cards.Count > 0 ? cards[0] : null));
            case DeviceKind.Index:
                return OfCard(cards.FirstOrDefault(c => c.Card == int.Parse(name.Text, System.Globalization.CultureInfo.InvariantCulture)));
            case DeviceKind.Usb:
                return OfCard(Only(name, cards.Where(c => c.IsUsbIdentity(name.Text))));
            case DeviceKind.Name:
                var exact = cards.Where(c => c.CardId.Equals(name.Text, StringComparison.OrdinalIgnoreCase) || c.CardName.Equals(name.Text, StringComparison.OrdinalIgnoreCase)).ToArray();
                var card = Only(name, exact.Length > 0 ? exact : cards.Where(c => c.IsNamed(name.Text)));
                // No card is called so; a PCM of asound.conf may be.
                return OfCard(card) ?? (name.Text.Contains(' ') ? null : new ChosenDevice(DeviceKind.Alsa, name.Text, name.Text));
            default:
                return new ChosenDevice(name.Kind, name.Text, name.Text);
        }
    }

    private static ChosenDevice? OfCard(AlsaCard? card)
        => card is null ? null : new ChosenDevice(DeviceKind.Alsa, card.Hardware, card.Description, MayConvert: true);

    /// <summary>One card may have several capture devices: its first is meant. Two cards are a question only a person can answer.</summary>
    private static AlsaCard? Only(DeviceName name, IEnumerable<AlsaCard> candidates)
    {
        var cards = candidates.GroupBy(c => c.Card).Select(g => g.First()).ToArray();
        if (cards.Length <= 1) return cards.FirstOrDefault();
        throw new CaptureException(
            $"device '{name.Text}' may mean {string.Join(" or ", cards.Select(c => $"{c.Description}{(c.UsbPath is null ? "" : $" = usb:{c.UsbPath}")}"))}: name one of them",
            isTransient: false);
    }
}
