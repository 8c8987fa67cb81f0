using System.Globalization;
using System.Text.RegularExpressions;

namespace Chorale.Audio.Capture.Devices;

/// <summary>A capture device of a sound card, as the kernel tells it without opening anything.</summary>
/// <param name="Card">Number today; another one after a replug or a reboot.</param>
/// <param name="Device">Device on the card.</param>
/// <param name="CardId">The kernel's short id: <c>Device</c>, <c>Headset</c>.</param>
/// <param name="CardName">The card's name: <c>USB Audio Device</c>.</param>
/// <param name="DeviceText">The device's name: <c>USB Audio</c>.</param>
/// <param name="UsbPath">Socket it sits in, such as <c>1-1.2</c>; null when it is not on USB.</param>
/// <param name="UsbSerial"><c>vendor:product:serial</c> in the kernel's hexadecimal; null where the device has no serial number.</param>
internal sealed record AlsaCard(int Card, int Device, string CardId, string CardName, string DeviceText, string? UsbPath, string? UsbSerial)
{
    public string Hardware => string.Create(CultureInfo.InvariantCulture, $"hw:{Card},{Device}");

    public string Description => $"{Hardware} ({CardName}, {DeviceText})";

    public bool IsUsb => UsbPath is not null;

    public bool IsNamed(string part)
        => CardId.Contains(part, StringComparison.OrdinalIgnoreCase) || CardName.Contains(part, StringComparison.OrdinalIgnoreCase)
            || DeviceText.Contains(part, StringComparison.OrdinalIgnoreCase)
            || $"{CardName}: {DeviceText}".Contains(part, StringComparison.OrdinalIgnoreCase);

    public bool IsUsbIdentity(string identity)
        => string.Equals(UsbPath, identity, StringComparison.OrdinalIgnoreCase) || string.Equals(UsbSerial, identity, StringComparison.OrdinalIgnoreCase)
            || (UsbSerial is not null && string.Equals(UsbSerial.Split(':', 3)[2], identity, StringComparison.OrdinalIgnoreCase));
}

/// <summary>Reads the kernel's lists: <c>/proc/asound/cards</c>, <c>/proc/asound/pcm</c> and the USB folders above <c>/sys/class/sound/cardN</c>.</summary>
/// <param name="root">The file system's root; a test has its own.</param>
internal sealed partial class AlsaCards(string root = "/")
{
    /// <summary>All capture devices by card and device; empty where the kernel has no sound.</summary>
    public IReadOnlyList<AlsaCard> Find()
    {
        var cards = new Dictionary<int, (string Id, string Name)>();
        foreach (Match m in CardLine().Matches(ReadOrEmpty("proc/asound/cards")))
            cards[int.Parse(m.Groups["card"].Value, CultureInfo.InvariantCulture)] = (m.Groups["id"].Value.Trim(), m.Groups["name"].Value.Trim());
        var found = new List<AlsaCard>();
        foreach (Match m in DeviceLine().Matches(ReadOrEmpty("proc/asound/pcm")))
        {
            var card = int.Parse(m.Groups["card"].Value, CultureInfo.InvariantCulture);
            if (!cards.TryGetValue(card, out var names)) continue; // it went between the two reads
            var (path, serial) = UsbIdentityOf(card);
            found.Add(new AlsaCard(card, int.Parse(m.Groups["device"].Value, CultureInfo.InvariantCulture), names.Id, names.Name, m.Groups["name"].Value.Trim(), path, serial));
        }

        return found.OrderBy(c => c.Card).ThenBy(c => c.Device).ToArray();
    }

    /// <summary>Whether the card that a PCM name such as <c>plughw:1,0</c> or <c>hw:CARD=Device</c> speaks of can capture now; null when it names none.</summary>
    public bool? IsPresent(string pcmName)
    {
        var m = PcmName().Match(pcmName);
        if (!m.Success) return null;
        var card = m.Groups["card"].Value;
        var isNumber = int.TryParse(card, NumberStyles.None, CultureInfo.InvariantCulture, out var number);
        return Find().Any(c => isNumber ? c.Card == number : c.CardId == card);
    }

    /// <summary>The nearest folder above the card's that is a USB device has its vendor; that folder's name is the socket.</summary>
    private (string? Path, string? Serial) UsbIdentityOf(int card)
    {
        try
        {
            var link = new DirectoryInfo(Path.Combine(root, string.Create(CultureInfo.InvariantCulture, $"sys/class/sound/card{card}")));
            var folder = link.ResolveLinkTarget(returnFinalTarget: true) as DirectoryInfo ?? link;
            for (var above = folder; above is not null && above.Name != "sys"; above = above.Parent)
            {
                if (!File.Exists(Path.Combine(above.FullName, "idVendor"))) continue;
                var serial = ReadLine(above, "serial");
                return (above.Name, string.IsNullOrEmpty(serial) ? null : $"{ReadLine(above, "idVendor")}:{ReadLine(above, "idProduct")}:{serial}");
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It is being unplugged while we look: a card without an identity.
        }

        return (null, null);
    }

    private static string ReadLine(DirectoryInfo folder, string name)
    {
        var file = Path.Combine(folder.FullName, name);
        return File.Exists(file) ? File.ReadAllText(file).Trim() : "";
    }

    private string ReadOrEmpty(string path)
    {
        try
        {
            return File.ReadAllText(Path.Combine(root, path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    //  1 [Device         ]: USB-Audio - USB Audio Device
    [GeneratedRegex(@"^\s*(?<card>\d+)\s+\[(?<id>[^\]]*)\]:\s*\S+\s+-\s+(?<name>.*)$", RegexOptions.Multiline)]
    private static partial Regex CardLine();

    // 01-00: USB Audio : USB Audio : playback 1 : capture 1
    [GeneratedRegex(@"^(?<card>\d+)-(?<device>\d+):[^:\n]*:(?<name>[^:\n]*):.*capture\s+\d+", RegexOptions.Multiline)]
    private static partial Regex DeviceLine();

    [GeneratedRegex(@"^(plug)?hw:(CARD=)?(?<card>[^,\s]+)", RegexOptions.None)]
    private static partial Regex PcmName();
}
