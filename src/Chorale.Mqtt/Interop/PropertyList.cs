using System.Runtime.InteropServices;

namespace Chorale.Mqtt.Interop;

/// <summary>Properties of an MQTT 5 packet we send. The library copies them, so dispose it after the call.</summary>
internal ref struct PropertyList
{
    private nint _list;

    /// <summary>0 when empty.</summary>
    public readonly nint Pointer => _list;

    public void Add(int property, uint value) => Check(Mosquitto.AddUInt32(ref _list, property, value));

    public void AddVariable(int property, uint value) => Check(Mosquitto.AddVariable(ref _list, property, value));

    public void Add(int property, string value) => Check(Mosquitto.AddString(ref _list, property, value));

    public unsafe void Add(int property, ReadOnlySpan<byte> value)
    {
        fixed (byte* bytes = value) Check(Mosquitto.AddBinary(ref _list, property, bytes, checked((ushort)value.Length)));
    }

    public void Dispose()
    {
        if (_list != 0) Mosquitto.FreeProperties(ref _list);
    }

    public static TimeSpan? ReadSeconds(nint list, int property)
        => list != 0 && Mosquitto.ReadUInt32(list, property, out var value, 0) != 0 ? TimeSpan.FromSeconds(value) : null;

    /// <summary>False only where the broker says so.</summary>
    public static bool ReadFlag(nint list, int property) => list == 0 || Mosquitto.ReadByte(list, property, out var value, 0) == 0 || value != 0;

    /// <summary>The number, when there is exactly one; else 0.</summary>
    public static int ReadOnlyOne(nint list, int property)
    {
        if (list == 0 || Mosquitto.ReadVariable(list, property, out var value, 0) is not (not 0 and var found)) return 0;
        return Mosquitto.ReadVariable(found, property, out _, 1) == 0 ? (int)value : 0;
    }

    public static unsafe byte[]? ReadBinary(nint list, int property)
    {
        if (list == 0 || Mosquitto.ReadBinary(list, property, out var value, out var length, 0) == 0) return null;
        var copy = new ReadOnlySpan<byte>(value, length).ToArray();
        NativeMemory.Free(value);
        return copy;
    }

    public static unsafe string? ReadString(nint list, int property)
    {
        if (list == 0 || Mosquitto.ReadString(list, property, out var value, 0) == 0) return null;
        var text = Marshal.PtrToStringUTF8((nint)value);
        NativeMemory.Free(value);
        return text;
    }

    private static void Check(int error)
    {
        if (error == Mosquitto.NoMemory) throw new InsufficientMemoryException();
        if (error != Mosquitto.Success) throw new ArgumentException($"a property of the message: {MosquittoLibrary.Error(error)}");
    }
}
