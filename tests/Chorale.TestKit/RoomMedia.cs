using System.Buffers.Binary;
using System.Diagnostics;

namespace Chorale.TestKit;

/// <summary>The media folder of a room, with sounds made here and films made by ffmpeg.</summary>
public sealed class RoomMedia : IDisposable
{
    private const int RateHz = 48_000;
    private readonly TempFolder _folder = new();

    public RoomMedia()
    {
        Directory.CreateDirectory(_folder["audio"]);
        Directory.CreateDirectory(_folder["video"]);
    }

    public string Path => _folder.Path;

    public string AudioPath(string name) => System.IO.Path.Combine(Path, "audio", name);

    public string VideoPath(string name) => System.IO.Path.Combine(Path, "video", name);

    /// <summary>A tone of 16 bit, mono.</summary>
    public RoomMedia Tone(string name, double seconds, double amplitude = 0.5, double hz = 440)
    {
        var frames = (int)(seconds * RateHz);
        var file = new byte[44 + (frames * 2)];
        "RIFF"u8.CopyTo(file);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(4), file.Length - 8);
        "WAVEfmt "u8.CopyTo(file.AsSpan(8));
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(16), 16);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(20), 1);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(22), 1);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(24), RateHz);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(28), RateHz * 2);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(32), 2);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(34), 16);
        "data"u8.CopyTo(file.AsSpan(36));
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(40), frames * 2);
        for (var i = 0; i < frames; i++)
            BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(44 + (i * 2)), (short)(amplitude * short.MaxValue * Math.Sin(2 * Math.PI * hz * i / RateHz)));
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(AudioPath(name))!);
        File.WriteAllBytes(AudioPath(name), file);
        return this;
    }

    public RoomMedia Film(string name, double seconds)
        => Ffmpeg(name, "-f", "lavfi", "-i", string.Create(System.Globalization.CultureInfo.InvariantCulture, $"testsrc=d={seconds}:s=160x120:r=25"), "-pix_fmt", "yuv420p");

    public RoomMedia Picture(string name) => Ffmpeg(name, "-f", "lavfi", "-i", "color=red:s=64x64", "-frames:v", "1");

    public void Dispose() => _folder.Dispose();

    private RoomMedia Ffmpeg(string name, params string[] arguments)
    {
        using var ffmpeg = Process.Start(new ProcessStartInfo("ffmpeg", ["-v", "error", "-nostdin", "-y", .. arguments, VideoPath(name)]))!;
        ffmpeg.WaitForExit();
        return ffmpeg.ExitCode == 0 ? this : throw new InvalidOperationException($"ffmpeg made no {name}");
    }
}
