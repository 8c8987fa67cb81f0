using Chorale.Audio.Capture;
using Chorale.Audio.Capture.Devices;

namespace Chorale.Tests.Audio.Capture;

public sealed class DeviceChoiceTests
{
    private const string Cards = """
         0 [PCH            ]: HDA-Intel - HDA Intel PCH
                              HDA Intel PCH at 0xf7d10000 irq 31
         1 [Device         ]: USB-Audio - USB Audio Device
                              C-Media Electronics Inc. USB Audio Device at usb-0000:00:14.0-2, full speed
         2 [Snowball       ]: USB-Audio - Blue Snowball
                              BLUE MICROPHONE Blue Snowball at usb-0000:00:14.0-3, full speed
         3 [HDMI           ]: HDA-Intel - HDA NVidia
                              HDA NVidia at 0xf7080000 irq 17
        """;

    private const string Devices = """
        00-00: ALC887-VD Analog : ALC887-VD Analog : playback 1 : capture 1
        00-02: ALC887-VD Alt Analog : ALC887-VD Alt Analog : capture 1
        01-00: USB Audio : USB Audio : playback 1 : capture 1
        02-00: USB Audio : USB Audio : capture 1
        03-03: HDMI 0 : HDMI 0 : playback 1
        """;

    [Theory]
    [InlineData("", "hw:1,0")]
    [InlineData("  ", "hw:1,0")]
    [InlineData("2", "hw:2,0")]
    [InlineData("snowball", "hw:2,0")]
    [InlineData("USB Audio Device", "hw:1,0")]
    [InlineData("PCH", "hw:0,0")]
    [InlineData("usb:1-2", "hw:1,0")]
    [InlineData("usb:0d8c:0014:A1B2", "hw:2,0")]
    [InlineData("usb:A1B2", "hw:2,0")]
    [InlineData("hw:7,0", "hw:7,0")]
    [InlineData("default", "default")]
    [InlineData("mymic", "mymic")]
    public void A_name_means_the_card_a_person_means(string device, string pcm)
    {
        using var machine = new Machine();
        Assert.Equal(pcm, DeviceChoice.Resolve(DeviceName.Parse(device), machine.Found.Find(), null)?.Text);
    }

    [Fact]
    public void Where_a_sound_server_runs_its_default_is_the_default()
        => Assert.Equal(DeviceKind.Pulse, DeviceChoice.Resolve(DeviceName.Parse(null), [], "alsa_input.usb")!.Kind);

    [Theory]
    [InlineData("9")]
    [InlineData("No Such Microphone")]
    [InlineData("usb:9-9")]
    public void What_is_not_there_may_come(string device)
    {
        using var machine = new Machine();
        Assert.Null(DeviceChoice.Resolve(DeviceName.Parse(device), machine.Found.Find(), null));
    }

    [Fact]
    public void A_name_that_fits_two_cards_is_refused_with_both()
    {
        using var machine = new Machine();
        var error = Assert.Throws<CaptureException>(() => DeviceChoice.Resolve(DeviceName.Parse("usb audio"), machine.Found.Find(), null));
        Assert.False(error.IsTransient);
        Assert.Contains("hw:1,0", error.Message);
        Assert.Contains("usb:1-3", error.Message);
    }

    [Fact]
    public void A_microphone_is_found_by_its_serial_number_under_another_card_number()
    {
        using var machine = new Machine();
        File.WriteAllText(machine["proc/asound/cards"], Cards.Replace(" 2 [", " 5 ["));
        File.WriteAllText(machine["proc/asound/pcm"], Devices.Replace("02-00", "05-00"));
        Directory.Move(machine["sys/devices/usb1/1-3/1-3:1.0/sound/card2"], machine["sys/devices/usb1/1-3/1-3:1.0/sound/card5"]);
        File.Delete(machine["sys/class/sound/card2"]);
        File.CreateSymbolicLink(machine["sys/class/sound/card5"], machine["sys/devices/usb1/1-3/1-3:1.0/sound/card5"]);
        Assert.Equal("hw:5,0", DeviceChoice.Resolve(DeviceName.Parse("usb:A1B2"), machine.Found.Find(), null)?.Text);
    }

    [Theory]
    [InlineData("hw:1,0", true)]
    [InlineData("plughw:Snowball", true)]
    [InlineData("hw:CARD=Device,DEV=0", true)]
    [InlineData("hw:3,3", false)]
    [InlineData("plughw:9", false)]
    [InlineData("default", null)]
    public void Whether_a_card_is_there_is_seen_without_opening_it(string pcm, bool? present)
    {
        using var machine = new Machine();
        Assert.Equal(present, machine.Found.IsPresent(pcm));
    }

    [Theory]
    [InlineData("pulse:alsa_input.usb-1", DeviceKind.Pulse, "alsa_input.usb-1")]
    [InlineData("pulse", DeviceKind.Pulse, "")]
    [InlineData("PortAudio:USB", DeviceKind.PortAudio, "USB")]
    [InlineData("file:/a/b.wav", DeviceKind.File, "/a/b.wav")]
    [InlineData("file:///a/b c.wav?fast", DeviceKind.File, "/a/b c.wav")]
    [InlineData("tone:", DeviceKind.Tone, "")]
    [InlineData("rtsp://u:p@cam/1", DeviceKind.Url, "rtsp://u:p@cam/1")]
    [InlineData("sysdefault:CARD=1", DeviceKind.Alsa, "sysdefault:CARD=1")]
    public void The_prefix_names_the_back_end(string device, DeviceKind kind, string text)
    {
        var name = DeviceName.Parse(device);
        Assert.Equal((kind, text), (name.Kind, name.Text));
        Assert.Equal(device.EndsWith("?fast", StringComparison.Ordinal), name.IsFast);
    }

    [Theory]
    [InlineData("file:")]
    [InlineData("usb:")]
    [InlineData("99999999999999")]
    public void Half_a_name_is_refused(string device)
        => Assert.False(Assert.Throws<CaptureException>(() => DeviceName.Parse(device)).IsTransient);

    [Fact]
    public void A_machine_without_any_sound_has_no_cards_and_says_so()
    {
        using var folder = new TempFolder();
        Assert.Empty(new AlsaCards(folder.Path).Find());
        Assert.False(new AlsaCards(folder.Path).IsPresent("hw:0,0"));
    }

    /// <summary>The kernel's files of a machine with four cards, two of them on USB, one of those with a serial number.</summary>
    private sealed class Machine : IDisposable
    {
        private readonly TempFolder _root = new();

        public Machine()
        {
            Directory.CreateDirectory(this["proc/asound"]);
            File.WriteAllText(this["proc/asound/cards"], Cards);
            File.WriteAllText(this["proc/asound/pcm"], Devices);
            Directory.CreateDirectory(this["sys/class/sound"]);
            Plug(0, "sys/devices/pci0/sound/card0");
            Plug(1, "sys/devices/usb1/1-2/1-2:1.0/sound/card1");
            Plug(2, "sys/devices/usb1/1-3/1-3:1.0/sound/card2");
            foreach (var socket in new[] { "1-2", "1-3" })
            {
                File.WriteAllText(this[$"sys/devices/usb1/{socket}/idVendor"], "0d8c\n");
                File.WriteAllText(this[$"sys/devices/usb1/{socket}/idProduct"], "0014\n");
            }

            File.WriteAllText(this["sys/devices/usb1/1-3/serial"], "A1B2\n");
        }

        public AlsaCards Found => new(_root.Path);

        public string this[string path] => _root[path];

        public void Dispose() => _root.Dispose();

        private void Plug(int card, string folder)
        {
            Directory.CreateDirectory(this[folder]);
            File.CreateSymbolicLink(this[$"sys/class/sound/card{card}"], this[folder]);
        }
    }
}
