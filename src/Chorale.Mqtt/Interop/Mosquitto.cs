using System.Runtime.InteropServices;

namespace Chorale.Mqtt.Interop;

/// <summary>
/// libmosquitto 2.0. One instance is used by one thread only, its callbacks run inside our own calls of <see cref="LoopRead"/>,
/// <see cref="LoopWrite"/>, <see cref="LoopMisc"/>, <see cref="Publish"/> and <see cref="Disconnect"/>.
/// </summary>
internal static unsafe partial class Mosquitto
{
    private const string Lib = "libmosquitto.so.1";

    public const int Success = 0;
    public const int NoMemory = 1;
    public const int ConnectionLost = 7;
    public const int Errno = 14;
    public const int LookUp = 15;
    public const int KeepAlive = 19;
    public const int OversizePacket = 25;

    public const int OptionProtocolVersion = 1;
    public const int OptionReceiveMaximum = 4;
    public const int OptionTcpNoDelay = 11;
    public const int OptionTlsUseOsCerts = 13;

    public const int Version311 = 4;
    public const int Version5 = 5;

    public const int LogError = 1 << 3;

    public const int SubscribeNoLocal = 0x04;

    public const int PropertyMessageExpiry = 2;
    public const int PropertyResponseTopic = 8;
    public const int PropertyCorrelation = 9;
    public const int PropertySubscriptionId = 11;
    public const int PropertySessionExpiry = 17;
    public const int PropertyMaximumPacketSize = 39;
    public const int PropertySubscriptionIdAvailable = 41;

    /// <summary>struct mosquitto_message; both pointers belong to the library and end with the callback.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Message
    {
        public int Id;
        public byte* Topic;
        public byte* Payload;
        public int PayloadLength;
        public int Qos;
        public byte Retain;
    }

    [LibraryImport(Lib, EntryPoint = "mosquitto_lib_init")]
    internal static partial int LibraryInit();

    /// <param name="id">Null: the broker gives us one; only with a clean start.</param>
    /// <param name="cleanStart">C bool.</param>
    /// <param name="self">Handed to every callback.</param>
    [LibraryImport(Lib, EntryPoint = "mosquitto_new", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    internal static partial MosquittoHandle New(string? id, byte cleanStart, nint self);

    /// <summary>Only for ReleaseHandle.</summary>
    [LibraryImport(Lib, EntryPoint = "mosquitto_destroy")]
    internal static partial void Destroy(nint client);

    [LibraryImport(Lib, EntryPoint = "mosquitto_int_option")]
    internal static partial int IntOption(MosquittoHandle client, int option, int value);

    [LibraryImport(Lib, EntryPoint = "mosquitto_username_pw_set", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int UserNamePassword(MosquittoHandle client, string? userName, string? password);

    [LibraryImport(Lib, EntryPoint = "mosquitto_will_set", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int Will(MosquittoHandle client, string topic, int length, byte* payload, int qos, byte retain);

    [LibraryImport(Lib, EntryPoint = "mosquitto_tls_set", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int Tls(
        MosquittoHandle client, string? caFile, string? caFolder, string? certFile, string? keyFile, delegate* unmanaged<byte*, int, int, nint, int> keyPassword);

    [LibraryImport(Lib, EntryPoint = "mosquitto_tls_insecure_set")]
    internal static partial int TlsInsecure(MosquittoHandle client, byte value);

    /// <summary>Blocks while it resolves the name and connects; what follows does not.</summary>
    [LibraryImport(Lib, EntryPoint = "mosquitto_connect_bind_v5", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    internal static partial int Connect(MosquittoHandle client, string host, int port, int keepAliveSeconds, string? bindAddress, nint properties);

    [LibraryImport(Lib, EntryPoint = "mosquitto_disconnect")]
    internal static partial int Disconnect(MosquittoHandle client);

    [LibraryImport(Lib, EntryPoint = "mosquitto_socket")]
    internal static partial int Socket(MosquittoHandle client);

    [LibraryImport(Lib, EntryPoint = "mosquitto_want_write")]
    internal static partial byte WantsWrite(MosquittoHandle client);

    [LibraryImport(Lib, EntryPoint = "mosquitto_loop_read", SetLastError = true)]
    internal static partial int LoopRead(MosquittoHandle client, int packets);

    [LibraryImport(Lib, EntryPoint = "mosquitto_loop_write", SetLastError = true)]
    internal static partial int LoopWrite(MosquittoHandle client, int packets);

    [LibraryImport(Lib, EntryPoint = "mosquitto_loop_misc")]
    internal static partial int LoopMisc(MosquittoHandle client);

    /// <summary>Payload and properties are copied.</summary>
    [LibraryImport(Lib, EntryPoint = "mosquitto_publish_v5", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    internal static partial int Publish(MosquittoHandle client, out int id, string topic, int length, byte* payload, int qos, byte retain, nint properties);

    [LibraryImport(Lib, EntryPoint = "mosquitto_subscribe_v5", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int Subscribe(MosquittoHandle client, out int id, string filter, int qos, int options, nint properties);

    [LibraryImport(Lib, EntryPoint = "mosquitto_connect_v5_callback_set")]
    internal static partial void OnConnect(MosquittoHandle client, delegate* unmanaged<nint, nint, int, int, nint, void> callback);

    [LibraryImport(Lib, EntryPoint = "mosquitto_disconnect_v5_callback_set")]
    internal static partial void OnDisconnect(MosquittoHandle client, delegate* unmanaged<nint, nint, int, nint, void> callback);

    [LibraryImport(Lib, EntryPoint = "mosquitto_publish_v5_callback_set")]
    internal static partial void OnPublish(MosquittoHandle client, delegate* unmanaged<nint, nint, int, int, nint, void> callback);

    [LibraryImport(Lib, EntryPoint = "mosquitto_message_v5_callback_set")]
    internal static partial void OnMessage(MosquittoHandle client, delegate* unmanaged<nint, nint, Message*, nint, void> callback);

    [LibraryImport(Lib, EntryPoint = "mosquitto_subscribe_v5_callback_set")]
    internal static partial void OnSubscribe(MosquittoHandle client, delegate* unmanaged<nint, nint, int, int, int*, nint, void> callback);

    [LibraryImport(Lib, EntryPoint = "mosquitto_log_callback_set")]
    internal static partial void OnLog(MosquittoHandle client, delegate* unmanaged<nint, nint, int, byte*, void> callback);

    /// <summary>Static strings of the library.</summary>
    [LibraryImport(Lib, EntryPoint = "mosquitto_strerror")]
    internal static partial nint ErrorText(int error);

    [LibraryImport(Lib, EntryPoint = "mosquitto_connack_string")]
    internal static partial nint ConnackText(int code);

    [LibraryImport(Lib, EntryPoint = "mosquitto_reason_string")]
    internal static partial nint ReasonText(int code);

    [LibraryImport(Lib, EntryPoint = "mosquitto_property_add_int32")]
    internal static partial int AddUInt32(ref nint list, int property, uint value);

    [LibraryImport(Lib, EntryPoint = "mosquitto_property_add_binary")]
    internal static partial int AddBinary(ref nint list, int property, byte* value, ushort length);

    [LibraryImport(Lib, EntryPoint = "mosquitto_property_add_string", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int AddString(ref nint list, int property, string value);

    [LibraryImport(Lib, EntryPoint = "mosquitto_property_add_varint")]
    internal static partial int AddVariable(ref nint list, int property, uint value);

    [LibraryImport(Lib, EntryPoint = "mosquitto_property_read_byte")]
    internal static partial nint ReadByte(nint list, int property, out byte value, byte skipFirst);

    /// <param name="skipFirst">C bool: the entry at <paramref name="list"/> itself has been read already.</param>
    [LibraryImport(Lib, EntryPoint = "mosquitto_property_read_varint")]
    internal static partial nint ReadVariable(nint list, int property, out uint value, byte skipFirst);

    [LibraryImport(Lib, EntryPoint = "mosquitto_property_read_int32")]
    internal static partial nint ReadUInt32(nint list, int property, out uint value, byte skipFirst);

    /// <summary>The value is ours to free.</summary>
    [LibraryImport(Lib, EntryPoint = "mosquitto_property_read_binary")]
    internal static partial nint ReadBinary(nint list, int property, out byte* value, out ushort length, byte skipFirst);

    /// <summary>The value is ours to free.</summary>
    [LibraryImport(Lib, EntryPoint = "mosquitto_property_read_string")]
    internal static partial nint ReadString(nint list, int property, out byte* value, byte skipFirst);

    [LibraryImport(Lib, EntryPoint = "mosquitto_property_free_all")]
    internal static partial void FreeProperties(ref nint list);
}
