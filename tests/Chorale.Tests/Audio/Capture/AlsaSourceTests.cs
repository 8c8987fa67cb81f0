using System.Runtime.InteropServices;
using Chorale.Audio.Capture;
using Chorale.Audio.Capture.Sources;
using Chorale.Audio.Pcm;

namespace Chorale.Tests.Audio.Capture;

/// <summary>libasound itself, by PCMs that need no hardware. They are not paced by the world: bounded by frames.</summary>
public sealed class AlsaSourceTests
{
    private static readonly CaptureRequest Request = new(null, 48_000, 1, SampleFormat.S16);

    [Theory]
    [InlineData("S16_LE", SampleFormat.S16, new byte[] { 0x34, 0x12 }, 0x1234)]
    [InlineData("S24_LE", SampleFormat.S24, new byte[] { 0x56, 0x34, 0x92, 0x00 }, unchecked((int)0x92345600))]
    [InlineData("S24_3LE", SampleFormat.S24, new byte[] { 0x56, 0x34, 0x92 }, unchecked((int)0x92345600))]
    [InlineData("S32_LE", SampleFormat.S32, new byte[] { 0x78, 0x56, 0x34, 0x92 }, unchecked((int)0x92345678))]
    [InlineData("FLOAT_LE", SampleFormat.F32, new byte[] { 0x00, 0x00, 0x00, 0xbf }, unchecked((int)0xbf000000))]
    public void Every_format_of_a_device_is_stored_in_its_stored_form(string wire, SampleFormat stored, byte[] sample, int expected)
    {
        using var folder = new TempFolder();
        File.WriteAllBytes(folder["in.raw"], Enumerable.Repeat(sample, 48_000).SelectMany(b => b).ToArray());
        // A linear or float converter in front would take any format: the slave's own is forced by asking for nothing else.
        using var source = OpenFile(folder, Request with { SampleFormat = stored }, wire);
        Assert.Equal(stored, source.Format.SampleFormat);
        var buffer = new byte[source.PeriodFrames * source.Format.BytesPerFrame];
        var read = ReadSome(source, buffer);
        for (var i = 0; i < read.Frames; i++)
        {
            var value = stored == SampleFormat.S16 ? MemoryMarshal.Cast<byte, short>(buffer)[i] : MemoryMarshal.Cast<byte, int>(buffer)[i];
            Assert.Equal(expected, value);
        }
    }

    [Theory]
    [InlineData(8_000, 1)]
    [InlineData(44_100, 2)]
    [InlineData(192_000, 8)]
    public void Rates_and_channels_are_as_asked_for(int rate, int channels)
    {
        using var source = AlsaSource.OpenDefined("type null", "null", "null", Request with { SampleRateHz = rate, Channels = channels });
        Assert.Equal(new PcmFormat(rate, channels, SampleFormat.S16), source.Format);
    }

    [Fact]
    public void Period_and_buffer_are_settings()
    {
        using var source = AlsaSource.OpenDefined(
            "type null", "null", "null", Request with { Period = TimeSpan.FromMilliseconds(10), Buffer = TimeSpan.FromMilliseconds(200) });
        Assert.Equal(480, source.PeriodFrames);
        Assert.Equal(9_600, source.BufferFrames);
    }

    [Fact]
    public void A_format_the_device_does_not_have_is_refused_with_those_it_has()
    {
        const string onlyFloat = "type lfloat slave { pcm { type null } format S16_LE }";
        var error = Assert.Throws<CaptureException>(() => AlsaSource.OpenDefined(onlyFloat, "hw:9,0", "x", Request with { SampleFormat = SampleFormat.S24 }));
        Assert.False(error.IsTransient);
        Assert.Contains("S24", error.Message);
        Assert.Contains("formats F32", error.Message);
        Assert.Contains("plughw:9,0", error.Message);
        using var negotiated = AlsaSource.OpenDefined(onlyFloat, "hw:9,0", "x", Request with { SampleFormat = null });
        Assert.Equal(SampleFormat.F32, negotiated.Format.SampleFormat);
    }

    [Fact]
    public void A_channel_count_the_device_does_not_have_is_refused_with_those_it_has()
    {
        const string onlyTwo = "type multi slaves.a { pcm { type null } channels 2 } bindings.0 { slave a channel 0 } bindings.1 { slave a channel 1 }";
        var error = Assert.Throws<CaptureException>(() => AlsaSource.OpenDefined(onlyTwo, "two", "two", Request));
        Assert.False(error.IsTransient);
        Assert.Contains("48000 Hz, 1 ch", error.Message);
        Assert.Contains("channels 2;", error.Message);
        using var any = AlsaSource.OpenDefined(onlyTwo, "two", "two", Request with { Channels = 0 });
        Assert.Equal(2, any.Format.Channels);
    }

    [Theory]
    [InlineData("hw:7,0")]
    [InlineData("plughw:CARD=Nothing")]
    public void A_card_that_is_not_there_may_come(string pcm)
    {
        var error = Assert.Throws<CaptureException>(() => AlsaSource.Open(pcm, pcm, Request));
        Assert.True(error.IsTransient);
        Assert.Contains(pcm, error.Message);
    }

    [Theory]
    [InlineData(7_999, 1)]
    [InlineData(192_001, 1)]
    [InlineData(48_000, 9)]
    [InlineData(48_000, -1)]
    public void What_no_device_can_is_refused_before_any_is_opened(int rate, int channels)
    {
        var error = Assert.Throws<CaptureException>(() => new CaptureInputs(TimeProvider.System).Open(new CaptureRequest("null", rate, channels)));
        Assert.False(error.IsTransient);
        Assert.Contains(" to ", error.Message);
    }

    [Fact]
    public void Reading_allocates_nothing()
    {
        using var folder = new TempFolder();
        File.WriteAllBytes(folder["in.raw"], new byte[48_000 * 20 * 3]);
        using var source = OpenFile(folder, Request with { SampleFormat = SampleFormat.S24 }, "S24_3LE");
        var buffer = new byte[source.PeriodFrames * source.Format.BytesPerFrame];
        Assert.Equal(0, Allocation.Least(() =>
        {
            for (var i = 0; i < 80; i++) source.Read(buffer);
        }));
    }

    private static AlsaSource OpenFile(TempFolder folder, CaptureRequest request, string wire)
        => AlsaSource.OpenDefined(
            $"type file slave.pcm {{ type null }} file /dev/null infile \"{folder["in.raw"]}\" format raw", "file", $"file of {wire}",
            request, Enum.Parse<AlsaWireFormat>(wire switch { "S16_LE" => "S16", "S24_LE" => "S24", "S24_3LE" => "S24Packed", "S32_LE" => "S32", _ => "F32" }));

    private static CaptureRead ReadSome(AlsaSource source, byte[] buffer)
    {
        for (var i = 0; i < 50; i++)
        {
            var read = source.Read(buffer);
            Assert.Equal(CaptureReadKind.Frames, read.Kind);
            if (read.Frames > 0) return read;
        }

        throw new TimeoutException("no frames");
    }
}
