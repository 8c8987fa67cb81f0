using System.Runtime.InteropServices;

namespace Chorale.Audio.Interop;

/// <summary>libsndfile 1.2: reads every audio file that is not Opus.</summary>
internal static unsafe partial class SndFile
{
    public const string Lib = "libsndfile.so.1";
    public const string Package = "libsndfile1";

    public const int ModeRead = 0x10;
    public const int SeekSet = 0;
    public const int FirstString = 1;
    public const int LastString = 0x10;

    public const int TypeMask = 0x0FFF0000;
    public const int SubMask = 0x0000FFFF;
    public const int TypeWav = 0x010000;
    public const int TypeWavEx = 0x130000;
    public const int TypeFlac = 0x170000;
    public const int TypeRf64 = 0x220000;
    public const int SubPcm16 = 2;
    public const int SubPcm24 = 3;
    public const int SubPcm32 = 4;

    /// <summary><c>SF_INFO</c>.</summary>
    public struct Info
    {
        public long Frames;
        public int SampleRateHz;
        public int Channels;
        public int Format;
        public int Sections;
        public int Seekable;
    }

    /// <summary><c>SF_VIRTUAL_IO</c>; the last argument of each is the user data.</summary>
    public struct VirtualIo
    {
        public delegate* unmanaged<nint, long> Length;
        public delegate* unmanaged<long, int, nint, long> Seek;
        public delegate* unmanaged<byte*, long, nint, long> Read;
        public delegate* unmanaged<byte*, long, nint, long> Write;
        public delegate* unmanaged<nint, long> Tell;
    }

    [LibraryImport(Lib, EntryPoint = "sf_open_virtual")]
    internal static partial SafeSndFileHandle Open(in VirtualIo io, int mode, ref Info info, nint userData);

    [LibraryImport(Lib, EntryPoint = "sf_close")]
    internal static partial int Close(nint file);

    [LibraryImport(Lib, EntryPoint = "sf_readf_float")]
    internal static partial long ReadFloat(SafeSndFileHandle file, float* interleaved, long frames);

    [LibraryImport(Lib, EntryPoint = "sf_seek")]
    internal static partial long Seek(SafeSndFileHandle file, long frames, int whence);

    [LibraryImport(Lib, EntryPoint = "sf_get_string")]
    internal static partial nint GetString(SafeSndFileHandle file, int type);

    [LibraryImport(Lib, EntryPoint = "sf_strerror")]
    private static partial nint ErrorOf(nint file);

    /// <summary>Why the last open failed.</summary>
    internal static string OpenError() => Marshal.PtrToStringUTF8(ErrorOf(0)) ?? "unknown error";
}

/// <summary>Owns a <c>SNDFILE*</c>.</summary>
internal sealed class SafeSndFileHandle() : SafeHandle(0, ownsHandle: true)
{
    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle() => SndFile.Close(handle) == 0;
}
