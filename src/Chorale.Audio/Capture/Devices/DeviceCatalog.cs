using Chorale.Audio.Capture.Sources;
using Chorale.Audio.Interop;
using Chorale.Audio.Pcm;

namespace Chorale.Audio.Capture.Devices;

/// <summary>One way to a microphone, as a back end sees it. The same microphone may appear under several back ends.</summary>
/// <param name="BackEnd"><c>alsa</c>, <c>pulse</c> or <c>portaudio</c>.</param>
/// <param name="Device">What to write into the settings for exactly this one.</param>
/// <param name="Name">For people.</param>
/// <param name="StableDevice">What to write so that it is found again in another order or under another number: <c>usb:</c> with serial number,
/// or with the socket it sits in; null when there is nothing better than <see cref="Device"/>.</param>
/// <param name="Index">Card number (ALSA) or PortAudio's number; null with PulseAudio.</param>
/// <param name="RatesHz">Of the usual rates those it takes; empty = not known, see <see cref="Note"/>.</param>
/// <param name="Channels">Channel counts it takes.</param>
/// <param name="Formats">Sample formats it takes.</param>
/// <param name="IsUsb">On the USB.</param>
/// <param name="IsDefault">What this back end gives to whoever asks for nothing.</param>
/// <param name="Note">What is worth knowing: in use by another program, a monitor of an output.</param>
public sealed record DeviceEntry(
    string BackEnd, string Device, string Name, string? StableDevice, int? Index, IReadOnlyList<int> RatesHz, IReadOnlyList<int> Channels,
    IReadOnlyList<SampleFormat> Formats, bool IsUsb, bool IsDefault, string? Note);

/// <param name="Devices">What is there.</param>
/// <param name="Problems">Back ends that could not be asked, and why, for people.</param>
public sealed record DeviceListing(IReadOnlyList<DeviceEntry> Devices, IReadOnlyList<string> Problems);

/// <summary>Lists what every back end sees. One bad device costs its own figures, one bad back end a line in the problems; never an exception.</summary>
public static class DeviceCatalog
{
    private static readonly TimeSpan ServerPatience = TimeSpan.FromSeconds(1);

    public static DeviceListing List(bool withPortAudio = true) => List(new AlsaCards(), withPortAudio);

    internal static DeviceListing List(AlsaCards cards, bool withPortAudio)
    {
        var devices = new List<DeviceEntry>();
        var problems = new List<string>();
        if (OperatingSystem.IsLinux())
        {
            Ask("alsa", () => devices.AddRange(OfAlsa(cards.Find())));
            Ask("pulse", () => devices.AddRange(OfPulse()));
        }

        if (withPortAudio) Ask("portaudio", () => devices.AddRange(OfPortAudio()));
        return new DeviceListing(devices, problems);

        void Ask(string backEnd, Action list)
        {
            try
            {
                list();
            }
            catch (DllNotFoundException)
            {
                problems.Add($"{backEnd}: not installed (package {(backEnd == "portaudio" ? PortAudio.Package : backEnd == "alsa" ? Alsa.Package : "libpulse0")})");
            }
            catch (Exception e) // a driver may throw what it likes: this is a list for a person who looks for the bad one
            {
                problems.Add($"{backEnd}: {e.Message}");
            }
        }
    }

    private static IEnumerable<DeviceEntry> OfAlsa(IReadOnlyList<AlsaCard> cards)
    {
        var standard = cards.FirstOrDefault(c => c.IsUsb) ?? (cards.Count > 0 ? cards[0] : null);
        foreach (var card in cards)
        {
            var (can, note) = AlsaSource.Probe(card.Hardware);
            // A serial number that two cards share, as cheap ones do, tells neither from the other.
            var isUnique = cards.Where(c => c.UsbSerial == card.UsbSerial).Select(c => c.Card).Distinct().Count() == 1;
            var stable = card.UsbSerial is not null && isUnique ? $"usb:{card.UsbSerial}" : card.UsbPath is not null ? $"usb:{card.UsbPath}" : null;
            yield return new DeviceEntry(
                "alsa", card.Hardware, $"{card.CardName}: {card.DeviceText}", stable, card.Card, can?.RatesHz ?? [], can?.Channels ?? [], can?.Formats ?? [],
                card.IsUsb, card == standard, note);
        }
    }

    private static DeviceEntry[] OfPulse()
    {
        using var server = PulseConnection.TryOpen(ServerPatience);
        if (server is null) return [];
        var standard = server.DefaultSource(ServerPatience);
        return server.Sources(ServerPatience).Select(s => new DeviceEntry(
            "pulse", $"pulse:{s.Name}", s.Description, null, null, [s.RateHz], [s.Channels], FormatOfPulse(s.SampleFormat), s.Bus == "usb", s.Name == standard,
            s.IsMonitor ? "hears what this machine plays" : "the server converts to other rates and channels")).ToArray();
    }

    /// <summary><c>pa_sample_format_t</c>: the little-endian ones that are ours.</summary>
    private static SampleFormat[] FormatOfPulse(int format) => format switch
    {
        3 => [SampleFormat.S16],
        5 => [SampleFormat.F32],
        7 => [SampleFormat.S32],
        9 or 11 => [SampleFormat.S24],
        _ => [],
    };

    private static DeviceEntry[] OfPortAudio()
    {
        using var session = PortAudioSession.Open();
        return PortAudioSession.Inputs().Select(i => new DeviceEntry(
            "portaudio", $"portaudio:{i.Name}", i.Name, null, i.Index, [(int)i.DefaultRateHz], Enumerable.Range(1, Math.Min(8, i.MaxChannels)).ToArray(),
            [SampleFormat.S16, SampleFormat.S24, SampleFormat.S32, SampleFormat.F32], false, i.IsDefault, "the preferred rate; others may work")).ToArray();
    }
}
