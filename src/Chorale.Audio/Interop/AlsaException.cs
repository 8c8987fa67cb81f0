namespace Chorale.Audio.Interop;

/// <summary>A call of libasound failed.</summary>
internal sealed class AlsaException(string function, int code) : Exception($"{function}: {Alsa.Describe(code)}")
{
    public const int NotFound = -2;
    public const int Interrupted = -4;
    public const int InputOutput = -5;
    public const int Again = -11;
    public const int NoAccess = -13;
    public const int Busy = -16;
    public const int NoDevice = -19;
    public const int Invalid = -22;
    public const int Xrun = -32;
    public const int Suspended = -86;

    public int Code { get; } = code;

    /// <summary>Waiting may help: absent, busy, not permitted yet. Only an argument that is wrong in itself is for good.</summary>
    public bool IsTransient => Code != Invalid;

    public static int ThrowIfNegative(int code, string function) => code < 0 ? throw new AlsaException(function, code) : code;
}
